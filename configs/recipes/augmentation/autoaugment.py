# AutoAugment: one of 25 pairs of changes that were found for ImageNet (Cubuk et al., CVPR 2019).
# python tools/train.py configs/recipes/augmentation/autoaugment.py --no-validate
# Turned corners come out dark red: mmpretrain fills the first channel alone, and takes no other colour here.
# Hard bench, one seed: mAP -0.103 (-0.141 to -0.067) on 0.436, 1.1 times the time: screened only.
_base_ = '../base.py'

train_pipeline = dict(augment=dict(type='AutoAugment', policies='imagenet', after='resize'))
