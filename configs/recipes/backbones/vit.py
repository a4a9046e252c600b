# ViT: attention over patches of 16 px (Dosovitskiy et al., ICLR 2021).
# python tools/train.py configs/recipes/backbones/vit.py --no-validate
_base_ = '../base.py'

load = dict(size=256)
resize = dict(scale=(224, 224), interpolation='bicubic')
model = dict(
    backbone=dict(
        _delete_=True, type='TimmFeatures', model_name='vit_small_patch16_224.augreg_in21k_ft_in1k', pretrained=True
    ),
)
optim_wrapper = dict(optimizer=dict(lr=5e-5))  # a transformer forgets its weights in larger steps
