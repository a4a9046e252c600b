# The backbone joins the training stage by stage, the last one first (Howard and Ruder, ACL 2018, section 3.3).
# python tools/train.py configs/recipes/transfer/gradual_unfreezing.py --no-validate
# Hard bench, one seed: mAP -0.044 (-0.072 to -0.016) on 0.436: screened only.
_base_ = '../base.py'

find_unused_parameters = True  # several processes otherwise wait for gradients of what is frozen
default_hooks = dict(freezing=dict(type='UnfreezeHook', schedule={0: 4, 2: 3, 4: 2, 6: 1, 8: -1}))
