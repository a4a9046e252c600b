# NormFace instead of ArcFace: cosines without a margin (Wang et al., ACM MM 2017).
# python tools/train.py configs/recipes/losses/normface.py --no-validate
_base_ = '../base.py'

model = dict(head=dict(losses=dict(arcface=None, normface=dict(type='NormFace', scale=30.0))))
