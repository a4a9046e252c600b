# Which schedule? jaguar-mm study benchmarks/studies/schedules.py --workers 2
_base_ = 'hard.py'

recipes = ['configs/recipes/schedules/*.py']
