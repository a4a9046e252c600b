# The margin grows from 0 in the first half of the training.
# python tools/train.py configs/recipes/margin/warm_up.py --no-validate
# Hard bench, one seed: mAP -0.009 (-0.028 to +0.009) on 0.436: screened only.
_base_ = '../base.py'

custom_hooks = [
    dict(
        type='WarmupParamHook',
        param_name='margin',
        module_name='head.losses.arcface',
        warmup_epochs={{_base_.train_cfg.max_epochs}} // 2,
    ),
]
