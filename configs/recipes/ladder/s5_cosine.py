# From v1 to v2, step 5: the rate falls along a cosine. This is v2 at CPU size.
# python tools/train.py configs/recipes/ladder/s5_cosine.py --no-validate
# Hard bench, one seed: mAP -0.087 (-0.117 to -0.057) on 0.436: screened only.
_base_ = 's4_smoothing.py'

param_scheduler = [dict(type='CosineAnnealingLR', by_epoch=True, convert_to_iter_based=True)]
