# LoRA: the backbone learns additions of rank eight to weights that stay as they are (Hu et al., ICLR 2022).
# python tools/train.py configs/recipes/transfer/lora.py --no-validate
# Hard bench, one seed: mAP -0.032 (-0.062 to -0.002) on 0.436: screened only.
_base_ = '../base.py'

model = dict(backbone=dict(type='LoRAFeatures', rank=8))
