# CosFace instead of ArcFace: a margin on the cosine (Wang et al., CVPR 2018).
# python tools/train.py configs/recipes/losses/cosface.py --no-validate
# Hard bench, one seed: mAP +0.025 (+0.009 to +0.040) on 0.436: screened only.
_base_ = '../base.py'

model = dict(head=dict(losses=dict(arcface=None, cosface=dict(type='CosFace', scale=30.0, margin=0.35))))
