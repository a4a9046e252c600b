# Xception: convolutions over space and over channels apart (Chollet, CVPR 2017).
# python tools/train.py configs/recipes/backbones/xception.py --no-validate
_base_ = '../base.py'

load = dict(size=336)
resize = dict(scale=(299, 299), interpolation='bicubic')
model = dict(
    backbone=dict(_delete_=True, type='TimmFeatures', model_name='legacy_xception.tf_in1k', pretrained=True),
)
