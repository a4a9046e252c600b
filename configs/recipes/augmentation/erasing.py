# Random erasing: a rectangle of noise, of any size and shape (Zhong et al., AAAI 2020).
# python tools/train.py configs/recipes/augmentation/erasing.py --no-validate
# Hard bench, one seed: mAP -0.113 (-0.146 to -0.081) on 0.436: screened only.
_base_ = '../base.py'

train_pipeline = dict(erase=dict(type='RandomErasing', erase_prob=0.5, mode='rand', after='resize'))
