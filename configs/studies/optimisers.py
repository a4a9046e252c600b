# Which optimiser? jaguar-mm study configs/studies/optimisers.py --workers 2
_base_ = 'hard.py'

recipes = ['configs/recipes/optimisers/*.py']
