# From v2 to v3, step 1: GeM, the embedding is the normalised features, and no mixup.
# python tools/train.py configs/recipes/ladder/s6_gem.py --no-validate
# Hard bench, one seed: mAP -0.045 (-0.079 to -0.012) on 0.436, 1.1 times the time: screened only.
_base_ = 's5_cosine.py'

model = dict(
    neck=dict(
        pool=dict(_delete_=True, type='GeM', p=3.0),
        norm=dict(_delete_=True, type='BNNeck'),
    ),
    train_cfg=None,
)
