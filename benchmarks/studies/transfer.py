# How should the shipped encoder be taken over? jaguar-mm study benchmarks/studies/transfer.py --workers 2
_base_ = 'hard.py'

recipes = ['configs/recipes/transfer/[!s]*.py']
