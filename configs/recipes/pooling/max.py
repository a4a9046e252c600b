# The largest value of each channel instead of the average.
# python tools/train.py configs/recipes/pooling/max.py --no-validate
# Hard bench, one seed: mAP -0.018 (-0.047 to +0.009) on 0.436: screened only.
_base_ = '../base.py'

model = dict(neck=dict(pool=dict(_delete_=True, type='TimmPooling', pool_type='max')))
