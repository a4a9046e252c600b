# v2: v1 with the background replaced, augmentation, mixup, label smoothing and a cosine schedule.
# About 0.75 on the public board (the owner's run, not repeated here).
# python tools/train.py configs/resnet152_alpha.py
_base_ = 'resnet152_arcface.py'

train_pipeline = [
    dict(type='LoadRGBA', cache=True, size=256),
    dict(type='RandomResizedCrop', scale=224, crop_ratio_range=(0.8, 1.0), interpolation='bicubic'),
    dict(type='Rotate', angle=15.0, prob=0.5, random_negative_prob=0.5),
    dict(type='RandomFlip', prob=0.5),
    dict(type='AlphaMask', background='random'),  # fills the rotated corners too
    dict(type='MatrixColorJitter', brightness=0.2, contrast=0.2, saturation=0.2),
    dict(type='RandomErasing', erase_prob=0.2, mode='rand'),
    dict(type='PackInputs', meta_keys={{_base_.meta_keys}}),
]
test_pipeline = [
    dict(type='LoadRGBA', cache=True, size=256),
    dict(type='Resize', scale=(224, 224), interpolation='bicubic'),
    dict(type='AlphaMask', background='mean'),
    dict(type='PackInputs', meta_keys={{_base_.meta_keys}}),
]
train_dataloader = dict(batch_size=128, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

model = dict(
    neck=[
        dict(type='GlobalAveragePooling'),
        dict(type='BNNeck', out_channels=512, dropout=0.2),
    ],
    head=dict(losses=dict(arcface=dict(label_smoothing=0.1))),
    train_cfg=dict(augments=[dict(type='Mixup', alpha=0.2)]),
)
param_scheduler = [dict(type='CosineAnnealingLR', by_epoch=True, convert_to_iter_based=True)]
auto_scale_lr = dict(base_batch_size=128)
