# SENet154: the largest of the squeeze-and-excitation networks, 113 M parameters (Hu et al., CVPR 2018).
# python tools/train.py configs/recipes/backbones/senet154.py --no-validate
_base_ = '../base.py'

load = dict(size=256)
resize = dict(scale=(224, 224), interpolation='bicubic')
model = dict(
    backbone=dict(_delete_=True, type='TimmFeatures', model_name='legacy_senet154.in1k', pretrained=True),
)
