# Do accumulation and clipping help? jaguar-mm study benchmarks/studies/batch.py --workers 2
_base_ = 'hard.py'

recipes = ['configs/recipes/batch/*.py']
