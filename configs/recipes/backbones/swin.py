# Swin: attention within windows that shift (Liu et al., ICCV 2021).
# python tools/train.py configs/recipes/backbones/swin.py --no-validate
_base_ = '../base.py'

load = dict(size=256)
resize = dict(scale=(224, 224), interpolation='bicubic')
model = dict(
    backbone=dict(
        _delete_=True, type='TimmFeatures', model_name='swin_tiny_patch4_window7_224.ms_in22k_ft_in1k', pretrained=True
    ),
)
optim_wrapper = dict(optimizer=dict(lr=5e-5))  # a transformer forgets its weights in larger steps
