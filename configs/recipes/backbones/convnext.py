# ConvNeXt: a convolutional network built as transformers are (Liu et al., CVPR 2022).
# python tools/train.py configs/recipes/backbones/convnext.py --no-validate
_base_ = '../base.py'

load = dict(size=256)
resize = dict(scale=(224, 224), interpolation='bicubic')
model = dict(
    backbone=dict(_delete_=True, type='TimmFeatures', model_name='convnext_tiny.in12k_ft_in1k', pretrained=True),
)
optim_wrapper = dict(optimizer=dict(lr=5e-5))  # a transformer forgets its weights in larger steps
