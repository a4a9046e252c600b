# The same training by MMEngine's own runner, loop, sampler and checkpoints.
_base_ = 'resume_config.py'

runner_type = 'Runner'
model = dict(head=dict(num_classes=3))
train_dataloader = dict(sampler=dict(_delete_=True, type='DefaultSampler', shuffle=True))
train_cfg = dict(_delete_=True, by_epoch=True, max_epochs=3)
default_hooks = dict(checkpoint=dict(_delete_=True, type='CheckpointHook', interval=1, max_keep_ckpts=2))
