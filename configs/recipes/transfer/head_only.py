# The backbone stays as it is, batch norms included; neck and head learn (Kornblith et al., CVPR 2019).
# python tools/train.py configs/recipes/transfer/head_only.py --no-validate
_base_ = '../base.py'

model = dict(backbone=dict(frozen_stages=4))  # all of a ResNet-10
