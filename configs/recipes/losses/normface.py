# NormFace instead of ArcFace: cosines without a margin (Wang et al., ACM MM 2017).
# python tools/train.py configs/recipes/losses/normface.py --no-validate
# Hard bench, one seed: mAP -0.091 (-0.119 to -0.062) on 0.436: screened only.
# Nyala, held out, one seed: mAP -0.006 (-0.011 to -0.001) on 0.043: screened only.
_base_ = '../base.py'

model = dict(head=dict(losses=dict(arcface=None, normface=dict(type='NormFace', scale=30.0))))
