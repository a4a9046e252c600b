# From v1 to v2, step 2: crops, turns, flips, other colours, erased rectangles.
# python tools/train.py configs/recipes/ladder/s2_augmentation.py --no-validate
# Hard bench, one seed: mAP -0.106 (-0.145 to -0.069) on 0.436: screened only.
_base_ = 's1_background.py'

train_pipeline = dict(
    crop=dict(type='RandomResizedCrop', crop_ratio_range=(0.8, 1.0), after='animal', **_base_.crop),
    rotate=dict(type='Rotate', angle=15.0, prob=0.5, random_negative_prob=0.5, after='crop'),
    flip=dict(type='RandomFlip', prob=0.5, after='rotate'),
    mask=dict(after='flip'),
    resize=None,  # the crop has its size
    jitter=dict(type='MatrixColorJitter', brightness=0.2, contrast=0.2, saturation=0.2, after='mask'),
    erase=dict(type='RandomErasing', erase_prob=0.2, mode='rand', after='jitter'),
)
