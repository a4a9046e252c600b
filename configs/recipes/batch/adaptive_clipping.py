# A unit's gradient is at most a hundredth as long as its weights (Brock et al., ICML 2021).
# python tools/train.py configs/recipes/batch/adaptive_clipping.py --no-validate
_base_ = '../base.py'

default_hooks = dict(clip=dict(type='AdaptiveClipHook', factor=0.01))
