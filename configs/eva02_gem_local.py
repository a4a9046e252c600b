# v4: v3 with masks where images have none, batches of several images an animal, a loss on their pairs, class centres that
# start from the means of their images, and spots compared with spots in the test.
# python tools/train.py configs/eva02_gem_local.py
# Not trained at this size by us; what these ideas bring on real animals: docs/results.md.
_base_ = 'eva02_gem.py'

load = dict(masks=True)
train_dataloader = dict(sampler=dict(_delete_=True, type='IdentityBalancedSampler', classes=2, images=4))
model = dict(head=dict(losses=dict(supcon=dict(type='SupCon', temperature=0.1))))
custom_hooks = [dict(type='ClassMeansHook')]
test_evaluator = dict(stages=dict(local=dict(type='LocalMatching', k=50, masks=True)))
