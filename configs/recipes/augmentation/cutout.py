# Cutout: a grey square anywhere on the image (DeVries and Taylor, arXiv 1708.04552).
# python tools/train.py configs/recipes/augmentation/cutout.py --no-validate
_base_ = '../base.py'

train_pipeline = dict(cutout=dict(type='Cutout', shape=32, prob=0.5, after='resize'))
