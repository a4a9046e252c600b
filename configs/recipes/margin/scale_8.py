# A scale of 8 instead of 30 on the cosines: far images pull until the end (Zhang et al., CVPR 2019, section 3.1).
# python tools/train.py configs/recipes/margin/scale_8.py --no-validate
# Hard bench, one seed: mAP +0.099 (+0.063 to +0.135) on 0.436: screened only.
_base_ = '../base.py'

model = dict(head=dict(losses=dict(arcface=dict(scale=8.0))))
