# v2: v1 with the background replaced, augmentation, mixup, label smoothing and a cosine schedule.
# About 0.75 on the public board (the owner's run, not repeated here).
# python tools/train.py configs/resnet152_alpha.py
_base_ = 'resnet152_arcface.py'

crop = dict(type='RandomResizedCrop', scale=224, crop_ratio_range=(0.8, 1.0), interpolation='bicubic')
train_pipeline = dict(
    _delete_=True,  # other steps instead of v1's
    load=_base_.load,
    crop=crop,
    rotate=dict(type='Rotate', angle=15.0, prob=0.5, random_negative_prob=0.5),
    flip=dict(type='RandomFlip', prob=0.5),
    mask=dict(type='AlphaMask', background='random'),  # fills the rotated corners too
    jitter=dict(type='MatrixColorJitter', brightness=0.2, contrast=0.2, saturation=0.2),
    erase=dict(type='RandomErasing', erase_prob=0.2, mode='rand'),
    pack=_base_.pack,
)
test_pipeline = dict(mask=dict(background='mean', after='resize'))
train_dataloader = dict(batch_size=128)

model = dict(
    neck=dict(norm=dict(dropout=0.2)),
    head=dict(losses=dict(arcface=dict(label_smoothing=0.1))),
    train_cfg=dict(augments=[dict(type='Mixup', alpha=0.2)]),
)
param_scheduler = [dict(type='CosineAnnealingLR', by_epoch=True, convert_to_iter_based=True)]
auto_scale_lr = dict(base_batch_size=128)
