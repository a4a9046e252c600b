# Which optimiser? jaguar-mm study benchmarks/studies/optimisers.py --workers 2
_base_ = 'hard.py'

recipes = ['configs/recipes/optimisers/*.py']
