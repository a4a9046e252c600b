# The centre of each class starts from the mean of its images (Qi et al., CVPR 2018, section 3.2).
# python tools/train.py configs/recipes/margin/class_means.py --no-validate
# Hard bench, one seed: mAP +0.007 (-0.021 to +0.034) on 0.436, 1.2 times the time: screened only.
# Nyala, held out, one seed: mAP +0.034 (+0.024 to +0.046) on 0.043: screened only.
_base_ = '../base.py'

custom_hooks = [dict(type='ClassMeansHook')]
