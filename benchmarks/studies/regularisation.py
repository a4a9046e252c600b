# Which regularisation? jaguar-mm study benchmarks/studies/regularisation.py --workers 2
_base_ = 'hard.py'

recipes = ['configs/recipes/regularisation/*.py']
