# Which loss? jaguar-mm study benchmarks/studies/losses.py --workers 2
_base_ = 'hard.py'

recipes = ['configs/recipes/losses/*.py']
