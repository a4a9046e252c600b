# The backbone joins the training stage by stage, the last one first (Howard and Ruder, ACL 2018, section 3.3).
# python tools/train.py configs/recipes/transfer/gradual_unfreezing.py --no-validate
_base_ = '../base.py'

find_unused_parameters = True  # several processes otherwise wait for gradients of what is frozen
default_hooks = dict(freezing=dict(type='UnfreezeHook', schedule={0: 4, 2: 3, 4: 2, 6: 1, 8: -1}))
