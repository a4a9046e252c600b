# MegaDescriptor: a Swin trained on many sets of individual animals (Čermák et al., WACV 2024). CC BY-NC 4.0.
# python tools/train.py configs/recipes/backbones/megadescriptor.py --no-validate
# The large one: --cfg-options model.backbone.model_name=swin_large_patch4_window12_384 "resize.scale=(384, 384)" \
#     load.size=440 model.backbone.pretrained_cfg_overlay.hf_hub_id=BVRA/MegaDescriptor-L-384
_base_ = '../base.py'

load = dict(size=256)
resize = dict(scale=(224, 224), interpolation='bicubic')
model = dict(
    backbone=dict(
        _delete_=True,
        type='TimmFeatures',
        model_name='swin_tiny_patch4_window7_224',
        pretrained=True,
        pretrained_cfg_overlay=dict(hf_hub_id='BVRA/MegaDescriptor-T-224', mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)),
    ),
)
optim_wrapper = dict(optimizer=dict(lr=5e-5))  # a transformer forgets its weights in larger steps
