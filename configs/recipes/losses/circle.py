# Circle loss instead of ArcFace, with its settings for re-ID (Sun et al., CVPR 2020).
# python tools/train.py configs/recipes/losses/circle.py --no-validate
# Hard bench, one seed: mAP -0.010 (-0.046 to +0.026) on 0.436: screened only.
_base_ = '../base.py'

circle = dict(type='MetricLearning', loss=dict(type='CircleLoss', m=0.25, gamma=128))
model = dict(head=dict(losses=dict(arcface=None, circle=circle)))
train_dataloader = dict(sampler=dict(_delete_=True, type='IdentityBalancedSampler', classes=8, images=4))
