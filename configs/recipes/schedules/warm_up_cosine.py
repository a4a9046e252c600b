# A warm-up of 50 steps, times half a cosine (Goyal et al., 2017, arXiv 1706.02677, section 2.2).
# python tools/train.py configs/recipes/schedules/warm_up_cosine.py --no-validate
# Hard bench, one seed: mAP -0.017 (-0.035 to +0.001) on 0.436: screened only.
_base_ = '../base.py'

param_scheduler = [
    dict(type='LinearLR', start_factor=0.02, by_epoch=False, end=50),
    dict(type='CosineAnnealingLR', by_epoch=True, convert_to_iter_based=True),
]
