# GeM, a mean that favours large values by a learnt power, instead of the average (Radenović et al., TPAMI 2019).
# python tools/train.py configs/recipes/pooling/gem.py --no-validate
_base_ = '../base.py'

model = dict(neck=dict(pool=dict(_delete_=True, type='GeM', p=3.0)))
