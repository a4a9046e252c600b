# DINOv2: a ViT trained without labels (Oquab et al., TMLR 2024).
# python tools/train.py configs/recipes/backbones/dinov2.py --no-validate
# In a sixth of the time: --cfg-options model.backbone.img_size=224 "resize.scale=(224, 224)" load.size=256.
_base_ = '../base.py'

load = dict(size=576)
resize = dict(scale=(518, 518), interpolation='bicubic')
model = dict(
    backbone=dict(_delete_=True, type='TimmFeatures', model_name='vit_small_patch14_dinov2.lvd142m', pretrained=True),
)
optim_wrapper = dict(optimizer=dict(lr=5e-5))  # a transformer forgets its weights in larger steps
