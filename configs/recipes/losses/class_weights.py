# Class weights: all animals count alike, however many images they have (King and Zeng, 2001).
# python tools/train.py configs/recipes/losses/class_weights.py --no-validate
_base_ = '../base.py'

model = dict(head=dict(losses=dict(arcface=dict(focus=dict(type='ClassBalance', power=1.0)))))
