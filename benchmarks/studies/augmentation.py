# Which augmentation? jaguar-mm study benchmarks/studies/augmentation.py --workers 2
_base_ = 'hard.py'

recipes = ['configs/recipes/augmentation/*.py']
