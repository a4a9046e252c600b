# ArcFace and a loss on pairs of images, SupCon (Khosla et al., NeurIPS 2020, eq. 2), added up.
# python tools/train.py configs/recipes/margin/pairs.py --no-validate
# Hard bench, one seed: mAP -0.002 (-0.031 to +0.027) on 0.436: screened only.
# Nyala, held out, one seed: mAP +0.034 (+0.025 to +0.044) on 0.043: screened only.
_base_ = '../base.py'

model = dict(head=dict(losses=dict(supcon=dict(type='SupCon', temperature=0.1))))
train_dataloader = dict(sampler=dict(_delete_=True, type='IdentityChunkSampler', images=4))
