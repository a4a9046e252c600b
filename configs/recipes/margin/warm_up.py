# The margin grows from 0 in the first half of the training.
# python tools/train.py configs/recipes/margin/warm_up.py --no-validate
_base_ = '../base.py'

custom_hooks = [
    dict(
        type='WarmupParamHook',
        param_name='margin',
        module_name='head.losses.arcface',
        warmup_epochs={{_base_.train_cfg.max_epochs}} // 2,
    ),
]
