# What does each stage of ranking add to the base's own training? jaguar-mm study configs/studies/stages.py --workers 2
_base_ = 'hard.py'

retested = ['configs/recipes/stages/*.py']
