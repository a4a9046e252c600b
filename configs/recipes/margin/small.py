# A margin of 0.1 instead of 0.3.
# python tools/train.py configs/recipes/margin/small.py --no-validate
_base_ = '../base.py'

model = dict(head=dict(losses=dict(arcface=dict(margin=0.1))))
