# Neck and head learn alone for a third of the training, then all (Kumar et al., ICLR 2022).
# python tools/train.py configs/recipes/transfer/freeze_then_unfreeze.py --no-validate
_base_ = '../base.py'

find_unused_parameters = True  # several processes otherwise wait for gradients of what is frozen
default_hooks = dict(freezing=dict(type='UnfreezeHook', schedule={0: 4, 4: -1}))
