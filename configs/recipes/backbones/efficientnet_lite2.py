# EfficientNet-Lite2: made for phones, without squeeze-and-excitation (Tan and Le, ICML 2019, section 3).
# python tools/train.py configs/recipes/backbones/efficientnet_lite2.py --no-validate
_base_ = '../base.py'

load = dict(size=296)
resize = dict(scale=(260, 260), interpolation='bicubic')
model = dict(
    backbone=dict(_delete_=True, type='TimmFeatures', model_name='tf_efficientnet_lite2.in1k', pretrained=True),
)
