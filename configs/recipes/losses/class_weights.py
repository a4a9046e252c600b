# Class weights: all animals count alike, however many images they have (King and Zeng, 2001).
# python tools/train.py configs/recipes/losses/class_weights.py --no-validate
# Hard bench, one seed: mAP -0.008 (-0.017 to -0.000) on 0.436, 1.1 times the time: screened only.
_base_ = '../base.py'

model = dict(head=dict(losses=dict(arcface=dict(focus=dict(type='ClassBalance', power=1.0)))))
