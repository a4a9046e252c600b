# SupCon instead of ArcFace: a softmax over the other images of the batch (Khosla et al., NeurIPS 2020).
# python tools/train.py configs/recipes/losses/supcon.py --no-validate
# Hard bench, one seed: mAP -0.068 (-0.099 to -0.035) on 0.436: screened only.
_base_ = '../base.py'

model = dict(head=dict(losses=dict(arcface=None, supcon=dict(type='SupCon', temperature=0.1))))
train_dataloader = dict(sampler=dict(_delete_=True, type='IdentityBalancedSampler', classes=8, images=4))
