# ArcFace to the nearer of two centres a class, such as one a flank (Deng et al., ECCV 2020).
# python tools/train.py configs/recipes/losses/sub_centre.py --no-validate
# Hard bench, one seed: mAP -0.024 (-0.056 to +0.005) on 0.436: screened only.
_base_ = '../base.py'

subcentre = dict(type='SubCentreArcFace', scale=30.0, margin=0.3, centres=2)
model = dict(head=dict(losses=dict(arcface=None, subcentre=subcentre)))
