# Is the recommended recipe better where no choice was made? jaguar-mm study benchmarks/studies/untouched.py --workers 2
_base_ = 'hard.py'

benches = dict(
    _delete_=True,
    untouched=dict(draw=dict(_base_.benches.hard.draw, seed=200), options=_base_.benches.hard.options),
)
recipes = ['configs/recipes/recommended/r5_longer.py', 'configs/recipes/ladder/s8_ema.py']
seeds = [0, 1, 2, 3, 4]
