# Which schedule? jaguar-mm study configs/studies/schedules.py --workers 2
_base_ = 'hard.py'

recipes = ['configs/recipes/schedules/*.py']
