# ArcFace and a loss on pairs of images, SupCon (Khosla et al., NeurIPS 2020, eq. 2), added up.
# python tools/train.py configs/recipes/margin/pairs.py --no-validate
_base_ = '../base.py'

model = dict(head=dict(losses=dict(supcon=dict(type='SupCon', temperature=0.1))))
train_dataloader = dict(sampler=dict(_delete_=True, type='IdentityChunkSampler', images=4))
