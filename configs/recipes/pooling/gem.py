# GeM, a mean that favours large values by a learnt power, instead of the average (Radenović et al., TPAMI 2019).
# python tools/train.py configs/recipes/pooling/gem.py --no-validate
# Hard bench, one seed: mAP +0.021 (-0.004 to +0.045) on 0.436: screened only.
_base_ = '../base.py'

model = dict(neck=dict(pool=dict(_delete_=True, type='GeM', p=3.0)))
