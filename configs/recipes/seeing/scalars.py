# What a training changes in single numbers, GeM's exponent and margins that grow, is logged beside the losses.
# python tools/train.py configs/recipes/seeing/scalars.py --no-validate
_base_ = '../base.py'

custom_hooks = [dict(type='ScalarsHook')]
