# Which step from v1 to v3 gave what? jaguar-mm study benchmarks/studies/ladder.py --workers 2
_base_ = 'hard.py'

recipes = ['configs/recipes/ladder/*.py']
