# A scale of 16 instead of 30 on the cosines (Zhang et al., CVPR 2019, section 3.1, on what scales do).
# python tools/train.py configs/recipes/margin/scale_16.py --no-validate
# Hard bench, one seed: mAP +0.037 (+0.018 to +0.056) on 0.436: screened only.
# Nyala, held out, one seed: mAP +0.005 (-0.000 to +0.010) on 0.043: screened only.
_base_ = '../base.py'

model = dict(head=dict(losses=dict(arcface=dict(scale=16.0))))
