# The largest value of each channel instead of the average.
# python tools/train.py configs/recipes/pooling/max.py --no-validate
_base_ = '../base.py'

model = dict(neck=dict(pool=dict(_delete_=True, type='TimmPooling', pool_type='max')))
