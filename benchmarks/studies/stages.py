# What does each stage of ranking add? jaguar-mm study benchmarks/studies/stages.py --workers 2
_base_ = 'hard.py'

retested = ['configs/recipes/stages/*.py']
