# Focal loss: images that are right already count less (Lin et al., ICCV 2017).
# python tools/train.py configs/recipes/losses/focal.py --no-validate
# Hard bench, one seed: mAP -0.041 (-0.058 to -0.024) on 0.436: screened only.
_base_ = '../base.py'

model = dict(head=dict(losses=dict(arcface=dict(focus=dict(type='Focal', gamma=2.0)))))
