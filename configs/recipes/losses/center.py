# Center loss beside ArcFace: each image near its class's centre (Wen et al., ECCV 2016).
# python tools/train.py configs/recipes/losses/center.py --no-validate
# Hard bench, one seed: mAP +0.011 (-0.006 to +0.026) on 0.436: screened only.
_base_ = '../base.py'

model = dict(head=dict(losses=dict(center=dict(type='Center', weight=1.0))))
