# A vision transformer's class token beside its patches pooled by GeM, joined to one vector.
# python tools/train.py configs/recipes/pooling/class_token_gem.py --no-validate
_base_ = 'vit_gem.py'

model = dict(backbone=dict(class_token=True), neck=dict(join=dict(type='Concatenate', after='pool')))
