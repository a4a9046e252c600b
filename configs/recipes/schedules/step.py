# A rate that falls to a tenth twice, late (He et al., CVPR 2016).
# python tools/train.py configs/recipes/schedules/step.py --no-validate
# Hard bench, one seed: mAP -0.011 (-0.016 to -0.006) on 0.436: screened only.
_base_ = '../base.py'

param_scheduler = [dict(type='MultiStepLR', milestones=[7, 10], gamma=0.1)]
