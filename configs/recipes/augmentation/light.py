# Light augmentation: a crop of most of the animal, mirrored or not, in slightly other colours.
# python tools/train.py configs/recipes/augmentation/light.py --no-validate
# Hard bench, one seed: mAP -0.104 (-0.139 to -0.069) on 0.436: screened only.
_base_ = '../base.py'

train_pipeline = dict(
    crop=dict(type='RandomResizedCrop', crop_ratio_range=(0.8, 1.0), after='animal', **_base_.crop),
    flip=dict(type='RandomFlip', prob=0.5, after='crop'),
    resize=None,  # the crop has its size
    jitter=dict(type='MatrixColorJitter', brightness=0.2, contrast=0.2, saturation=0.2, after='mask'),
)
