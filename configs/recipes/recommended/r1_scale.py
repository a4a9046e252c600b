# The recommended recipe, step 1: a scale of 4 instead of 30, so that no image is learnt too early.
# python tools/train.py configs/recipes/recommended/r1_scale.py --no-validate
_base_ = '../base.py'

model = dict(head=dict(losses=dict(arcface=dict(scale=4.0))))
