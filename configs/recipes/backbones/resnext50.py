# ResNeXt-50: convolutions in 32 groups (Xie et al., CVPR 2017).
# python tools/train.py configs/recipes/backbones/resnext50.py --no-validate
_base_ = '../base.py'

load = dict(size=256)
resize = dict(scale=(224, 224), interpolation='bicubic')
model = dict(
    backbone=dict(_delete_=True, type='TimmFeatures', model_name='resnext50_32x4d.a1h_in1k', pretrained=True),
)
