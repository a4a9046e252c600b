# Do class centres at random places hurt on the hard bench? jaguar-mm study benchmarks/studies/margin_hard.py
_base_ = 'hard.py'

recipes = ['configs/recipes/margin/*.py']
