# EVA-02: a ViT that learnt to fill in features of CLIP (Fang et al., arXiv 2303.11331).
# python tools/train.py configs/recipes/backbones/eva02.py --no-validate
# The larger ones: --cfg-options model.backbone.model_name=eva02_small_patch14_336.mim_in22k_ft_in1k, and with
# "resize.scale=(448, 448)" load.size=512 eva02_base_patch14_448.mim_in22k_ft_in22k_in1k and
# eva02_large_patch14_448.mim_m38m_ft_in22k_in1k (v3's).
_base_ = '../base.py'

load = dict(size=384)
resize = dict(scale=(336, 336), interpolation='bicubic')
model = dict(
    backbone=dict(
        _delete_=True, type='TimmFeatures', model_name='eva02_tiny_patch14_336.mim_in22k_ft_in1k', pretrained=True
    ),
)
optim_wrapper = dict(optimizer=dict(lr=5e-5))  # a transformer forgets its weights in larger steps
