# A rate that falls along half a cosine (Loshchilov and Hutter, ICLR 2017, without restarts).
# python tools/train.py configs/recipes/schedules/cosine.py --no-validate
# Hard bench, one seed: mAP -0.023 (-0.031 to -0.014) on 0.436: screened only.
_base_ = '../base.py'

param_scheduler = [dict(type='CosineAnnealingLR', by_epoch=True, convert_to_iter_based=True)]
