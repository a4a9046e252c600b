# A plain linear classifier over the embedding instead of ArcFace: its length counts, and there is no margin.
# python tools/train.py configs/recipes/losses/softmax.py --no-validate
# Hard bench, one seed: mAP -0.014 (-0.033 to +0.004) on 0.436: screened only.
_base_ = '../base.py'

model = dict(head=dict(losses=dict(arcface=None, softmax=dict(type='Softmax'))))
