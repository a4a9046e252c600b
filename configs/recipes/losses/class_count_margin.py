# ArcFace with a larger margin for classes of few images (Ha et al., arXiv 2010.05350).
# python tools/train.py configs/recipes/losses/class_count_margin.py --no-validate
# Hard bench, one seed: mAP -0.004 (-0.012 to +0.003) on 0.436: screened only.
_base_ = '../base.py'

arcface_by_count = dict(type='CountMarginArcFace', scale=30.0, a=0.5, b=0.05)
model = dict(head=dict(losses=dict(arcface=None, arcface_by_count=arcface_by_count)))
