# Does averaging weights help? jaguar-mm study benchmarks/studies/averaging.py --workers 2
_base_ = 'hard.py'

recipes = [f'configs/recipes/averaging/{name}.py' for name in ('ema', 'swa')]
