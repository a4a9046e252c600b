# What the studies share: a drawn competition that v1 solves by two fifths, anew for each seed.
base = 'configs/recipes/base.py'
benches = dict(
    hard=dict(
        draw=dict(seed=50, identities=48, train_per_identity=16, test_per_identity=6, flanks=2, size=192, shift=0.5),
    ),
)
seeds = [0, 1, 2]
