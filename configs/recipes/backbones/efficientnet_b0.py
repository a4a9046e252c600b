# EfficientNet: depth, width and input grow together (Tan and Le, ICML 2019; weights of Noisy Student).
# python tools/train.py configs/recipes/backbones/efficientnet_b0.py --no-validate
# The larger ones: --cfg-options model.backbone.model_name=tf_efficientnet_b1.ns_jft_in1k "resize.scale=(240, 240)",
# and b2 260, b3 300, b4 380, b5 456, b6 528, b7 600; load.size a little more than that.
_base_ = '../base.py'

load = dict(size=256)
resize = dict(scale=(224, 224), interpolation='bicubic')
model = dict(
    backbone=dict(_delete_=True, type='TimmFeatures', model_name='tf_efficientnet_b0.ns_jft_in1k', pretrained=True),
)
