# A sum of losses: batch-hard triplets beside ArcFace (Luo et al., CVPRW 2019).
# python tools/train.py configs/recipes/losses/arcface_triplet.py --no-validate
# Hard bench, one seed: mAP +0.004 (-0.024 to +0.032) on 0.436: screened only.
_base_ = '../base.py'

model = dict(head=dict(losses=dict(triplet=dict(type='Triplet', margin=0.3, weight=1.0))))
train_dataloader = dict(sampler=dict(_delete_=True, type='IdentityBalancedSampler', classes=8, images=4))
