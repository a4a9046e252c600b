# Strong augmentation: light.py with smaller crops, turned, in bolder colours or grey, blurred and partly erased.
# python tools/train.py configs/recipes/augmentation/strong.py --no-validate
# Hard bench, one seed: mAP -0.248 (-0.286 to -0.209) on 0.436, 1.1 times the time: screened only.
_base_ = 'light.py'

train_pipeline = dict(
    crop=dict(crop_ratio_range=(0.5, 1.0)),
    rotate=dict(
        type='Rotate', angle=20.0, prob=0.5, random_negative_prob=0.5, pad_val=(124, 116, 104, 0), after='crop'
    ),  # corners without alpha, in the mean colour of ImageNet
    jitter=dict(brightness=0.4, contrast=0.4, saturation=0.4),
    grey=dict(type='RandomGrayscale', prob=0.1, keep_channels=True, color_format='rgb', after='jitter'),
    blur=dict(type='GaussianBlur', magnitude_range=(0.1, 2.0), magnitude_std='inf', prob=0.3, after='grey'),
    erase=dict(type='RandomErasing', erase_prob=0.5, mode='rand', after='blur'),
)
