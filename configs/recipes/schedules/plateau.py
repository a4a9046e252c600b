# A rate that falls to a third when the loss of an epoch has not fallen for two (as in He et al., CVPR 2016).
# python tools/train.py configs/recipes/schedules/plateau.py --no-validate
# Hard bench, one seed: mAP +0.000 (+0.000 to +0.000) on 0.436: screened only.
_base_ = '../base.py'

param_scheduler = [dict(type='LossPlateauLR', factor=0.3, patience=1, threshold=0.01)]
