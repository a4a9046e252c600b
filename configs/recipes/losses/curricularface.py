# CurricularFace instead of ArcFace: easy classes first, hard ones later (Huang et al., CVPR 2020).
# python tools/train.py configs/recipes/losses/curricularface.py --no-validate
# Hard bench, one seed: mAP +0.001 (-0.017 to +0.019) on 0.436: screened only.
_base_ = '../base.py'

model = dict(head=dict(losses=dict(arcface=None, curricularface=dict(type='CurricularFace', scale=30.0, margin=0.3))))
