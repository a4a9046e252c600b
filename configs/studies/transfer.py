# How should the shipped encoder be taken over? jaguar-mm study configs/studies/transfer.py --workers 2
_base_ = 'hard.py'

recipes = ['configs/recipes/transfer/*.py']
