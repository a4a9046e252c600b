# ResNet-50 (He et al., CVPR 2016).
# python tools/train.py configs/recipes/backbones/resnet50.py --no-validate
_base_ = '../base.py'

load = dict(size=256)
resize = dict(scale=(224, 224), interpolation='bicubic')
model = dict(
    backbone=dict(_delete_=True, type='TimmFeatures', model_name='resnet50.a1_in1k', pretrained=True),
)
