# Focal loss: images that are right already count less (Lin et al., ICCV 2017).
# python tools/train.py configs/recipes/losses/focal.py --no-validate
_base_ = '../base.py'

model = dict(head=dict(losses=dict(arcface=dict(focus=dict(type='Focal', gamma=2.0)))))
