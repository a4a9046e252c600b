# The gradient is at most of length one (Pascanu et al., ICML 2013).
# python tools/train.py configs/recipes/batch/clipping.py --no-validate
_base_ = '../base.py'

optim_wrapper = dict(clip_grad=dict(max_norm=1.0))
