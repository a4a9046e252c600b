# Inception-ResNet-v2: filters of several sizes beside a shortcut (Szegedy et al., AAAI 2017).
# python tools/train.py configs/recipes/backbones/inception_resnet_v2.py --no-validate
_base_ = '../base.py'

load = dict(size=336)
resize = dict(scale=(299, 299), interpolation='bicubic')
model = dict(
    backbone=dict(_delete_=True, type='TimmFeatures', model_name='inception_resnet_v2.tf_in1k', pretrained=True),
)
