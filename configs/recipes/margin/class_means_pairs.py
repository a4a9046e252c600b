# ArcFace whose class centres start from the means of their images, and a loss on pairs.
# python tools/train.py configs/recipes/margin/class_means_pairs.py --no-validate
_base_ = 'pairs.py'

custom_hooks = [dict(type='ClassMeansHook')]
