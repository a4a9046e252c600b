# Average and maximum one after the other instead of the average alone.
# python tools/train.py configs/recipes/pooling/dual.py --no-validate
# Hard bench, one seed: mAP +0.023 (-0.003 to +0.049) on 0.436: screened only.
_base_ = '../base.py'

model = dict(neck=dict(pool=dict(_delete_=True, type='TimmPooling', pool_type='catavgmax')))
