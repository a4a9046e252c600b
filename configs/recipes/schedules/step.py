# A rate that falls to a tenth twice, late (He et al., CVPR 2016).
# python tools/train.py configs/recipes/schedules/step.py --no-validate
_base_ = '../base.py'

param_scheduler = [dict(type='MultiStepLR', milestones=[7, 10], gamma=0.1)]
