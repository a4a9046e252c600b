# A vision transformer's class token beside its patches pooled by GeM, joined to one vector.
# python tools/train.py configs/recipes/pooling/class_token_gem.py --no-validate
# Hard bench, one seed: mAP -0.396 (-0.444 to -0.349) on 0.436, 4.8 times the time: screened only.
_base_ = 'vit_gem.py'

model = dict(backbone=dict(class_token=True), neck=dict(join=dict(type='Concatenate', after='pool')))
