# A margin of 0.1 instead of 0.3.
# python tools/train.py configs/recipes/margin/small.py --no-validate
# Hard bench, one seed: mAP -0.059 (-0.081 to -0.039) on 0.436: screened only.
_base_ = '../base.py'

model = dict(head=dict(losses=dict(arcface=dict(margin=0.1))))
