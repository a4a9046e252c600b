# Do class centres at random places hurt where animals have 13 images each? jaguar-mm study benchmarks/studies/margin_hard.py
_base_ = 'hard.py'

recipes = ['configs/recipes/margin/*.py']
