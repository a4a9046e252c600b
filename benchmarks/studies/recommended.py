# Which step from v1 to the recommended recipe gave what? jaguar-mm study benchmarks/studies/recommended.py --workers 2
_base_ = 'hard.py'

recipes = ['configs/recipes/recommended/*.py']
