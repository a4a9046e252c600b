# DINOv3: a ViT trained without labels (Siméoni et al., arXiv 2508.10104). Weights under a licence of their own.
# python tools/train.py configs/recipes/backbones/dinov3.py --no-validate
_base_ = '../base.py'

load = dict(size=288)
resize = dict(scale=(256, 256), interpolation='bicubic')
model = dict(
    backbone=dict(_delete_=True, type='TimmFeatures', model_name='vit_small_patch16_dinov3.lvd1689m', pretrained=True),
)
optim_wrapper = dict(optimizer=dict(lr=5e-5))  # a transformer forgets its weights in larger steps
