# Cutout: a grey square anywhere on the image (DeVries and Taylor, arXiv 1708.04552).
# python tools/train.py configs/recipes/augmentation/cutout.py --no-validate
# Hard bench, one seed: mAP -0.041 (-0.069 to -0.012) on 0.436: screened only.
_base_ = '../base.py'

train_pipeline = dict(cutout=dict(type='Cutout', shape=32, prob=0.5, after='resize'))
