# Neck and head learn alone for a third of the training, then all (Kumar et al., ICLR 2022).
# python tools/train.py configs/recipes/transfer/freeze_then_unfreeze.py --no-validate
# Hard bench, one seed: mAP +0.021 (-0.002 to +0.044) on 0.436: screened only.
_base_ = '../base.py'

find_unused_parameters = True  # several processes otherwise wait for gradients of what is frozen
default_hooks = dict(freezing=dict(type='UnfreezeHook', schedule={0: 4, 4: -1}))
