# The backbone stays as it is, batch norms included; neck and head learn (Kornblith et al., CVPR 2019).
# python tools/train.py configs/recipes/transfer/head_only.py --no-validate
# Hard bench, one seed: mAP -0.052 (-0.083 to -0.021) on 0.436: screened only.
_base_ = '../base.py'

model = dict(backbone=dict(frozen_stages=4))  # all of a ResNet-10
