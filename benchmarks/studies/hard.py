# What the studies share: a drawn competition that v1 solves by two fifths, anew for each seed.
base = 'configs/recipes/base.py'
benches = dict(
    hard=dict(
        draw=dict(seed=50, identities=48, train_per_identity=16, test_per_identity=6, flanks=2, size=192, shift=0.25),
        options=[  # half the time of float32
            'optim_wrapper.type=AmpOptimWrapper',
            'optim_wrapper.dtype=bfloat16',
            'optim_wrapper.loss_scale=1.0',
        ],
    ),
)
seeds = [0, 1, 2]
