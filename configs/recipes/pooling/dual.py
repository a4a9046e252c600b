# Average and maximum one after the other instead of the average alone.
# python tools/train.py configs/recipes/pooling/dual.py --no-validate
_base_ = '../base.py'

model = dict(neck=dict(pool=dict(_delete_=True, type='TimmPooling', pool_type='catavgmax')))
