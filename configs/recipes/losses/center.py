# Center loss beside ArcFace: each image near its class's centre (Wen et al., ECCV 2016).
# python tools/train.py configs/recipes/losses/center.py --no-validate
_base_ = '../base.py'

model = dict(head=dict(losses=dict(center=dict(type='Center', weight=1.0))))
