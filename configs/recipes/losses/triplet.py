# Batch-hard triplets instead of ArcFace: the farthest own image nearer than the nearest other (Hermans et al., 2017).
# python tools/train.py configs/recipes/losses/triplet.py --no-validate
# Hard bench, one seed: mAP -0.050 (-0.089 to -0.013) on 0.436: screened only.
_base_ = '../base.py'

model = dict(head=dict(losses=dict(arcface=None, triplet=dict(type='Triplet', margin=0.3))))
train_dataloader = dict(sampler=dict(_delete_=True, type='IdentityBalancedSampler', classes=8, images=4))
