# A tiny training with everything random in it: augmentation, mixup, dropout, stochastic depth; with EMA.
_base_ = '../../configs/synthetic/v2_resnet10t_alpha.py'

custom_imports = dict(imports=['faults'])
train_dataloader = dict(batch_size=4, dataset=dict(groups=None))
val_dataloader = dict(dataset=dict(groups=None))
model = dict(
    backbone=dict(checkpoint_path='', drop_path_rate=0.2),
    train_cfg=dict(augments=[dict(type='Mixup', alpha=0.2)]),
)
train_cfg = dict(max_epochs=3, val_interval=1)
default_hooks = dict(
    ema=dict(type='EMAHook', momentum=0.1, priority='ABOVE_NORMAL'),
    logger=dict(interval=1),
    checkpoint=dict(step_interval=1),
)
