# Which pooling? jaguar-mm study benchmarks/studies/pooling.py --workers 2
_base_ = 'hard.py'

recipes = ['configs/recipes/pooling/*.py']
