# What class_token_gem.py is compared with: a small vision transformer from random weights, its patches pooled by GeM.
# python tools/train.py configs/recipes/pooling/vit_gem.py --no-validate
_base_ = '../base.py'

vit = dict(type='TimmFeatures', model_name='deit_tiny_patch16_224', img_size=(80, 120), patch_size=8, depth=4)
model = dict(
    backbone=dict(_delete_=True, **vit),
    neck=dict(pool=dict(_delete_=True, type='GeM', p=3.0)),
)
