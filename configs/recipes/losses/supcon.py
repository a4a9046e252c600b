# SupCon instead of ArcFace: a softmax over the other images of the batch (Khosla et al., NeurIPS 2020).
# python tools/train.py configs/recipes/losses/supcon.py --no-validate
_base_ = '../base.py'

model = dict(head=dict(losses=dict(arcface=None, supcon=dict(type='SupCon', temperature=0.1))))
train_dataloader = dict(sampler=dict(_delete_=True, type='IdentityBalancedSampler', classes=8, images=4))
