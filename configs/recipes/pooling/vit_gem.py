# What class_token_gem.py is compared with: a small vision transformer from random weights, its patches pooled by GeM.
# python tools/train.py configs/recipes/pooling/vit_gem.py --no-validate
# Hard bench, one seed: mAP -0.397 (-0.446 to -0.349) on 0.436, 2.4 times the time: screened only.
_base_ = '../base.py'

vit = dict(type='TimmFeatures', model_name='deit_tiny_patch16_224', img_size=(80, 120), patch_size=8, depth=4)
model = dict(
    backbone=dict(_delete_=True, **vit),
    neck=dict(pool=dict(_delete_=True, type='GeM', p=3.0)),
)
