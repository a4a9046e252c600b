# MobileNetV3: found by search for the speed on phones (Howard et al., ICCV 2019).
# python tools/train.py configs/recipes/backbones/mobilenetv3.py --no-validate
_base_ = '../base.py'

load = dict(size=256)
resize = dict(scale=(224, 224), interpolation='bicubic')
model = dict(
    backbone=dict(_delete_=True, type='TimmFeatures', model_name='mobilenetv3_large_100.ra_in1k', pretrained=True),
)
