# Which regularisation? jaguar-mm study configs/studies/regularisation.py --workers 2
_base_ = 'hard.py'

recipes = ['configs/recipes/regularisation/*.py']
