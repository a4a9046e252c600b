# A sum of losses: batch-hard triplets beside ArcFace (Luo et al., CVPRW 2019).
# python tools/train.py configs/recipes/losses/arcface_triplet.py --no-validate
_base_ = '../base.py'

model = dict(head=dict(losses=dict(triplet=dict(type='Triplet', margin=0.3, weight=1.0))))
train_dataloader = dict(sampler=dict(_delete_=True, type='IdentityBalancedSampler', classes=8, images=4))
