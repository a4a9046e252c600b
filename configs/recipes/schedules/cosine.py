# A rate that falls along half a cosine (Loshchilov and Hutter, ICLR 2017, without restarts).
# python tools/train.py configs/recipes/schedules/cosine.py --no-validate
_base_ = '../base.py'

param_scheduler = [dict(type='CosineAnnealingLR', by_epoch=True, convert_to_iter_based=True)]
