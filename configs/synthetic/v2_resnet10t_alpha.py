# v2 at CPU size, on the synthetic competition (jaguar-mm synthesise --out data/synthetic).
# python tools/train.py configs/synthetic/v2_resnet10t_alpha.py
_base_ = '../resnet152_alpha.py'

data_root = 'data/synthetic'
train_pipeline = [
    dict(type='LoadRGBA', cache=True, size=192),
    dict(type='CropToMask', margin=0.05),
    dict(type='RandomResizedCrop', scale=(80, 120), crop_ratio_range=(0.8, 1.0), aspect_ratio_range=(1.2, 2.0)),
    dict(type='Rotate', angle=15.0, prob=0.5, random_negative_prob=0.5),
    dict(type='RandomFlip', prob=0.5),
    dict(type='AlphaMask', background='random'),
    dict(type='MatrixColorJitter', brightness=0.2, contrast=0.2, saturation=0.2),
    dict(type='RandomErasing', erase_prob=0.2, mode='rand'),
    dict(type='PackInputs', meta_keys={{_base_.meta_keys}}),
]
test_pipeline = [
    dict(type='LoadRGBA', cache=True, size=192),
    dict(type='CropToMask', margin=0.05),
    dict(type='Resize', scale=(120, 80), interpolation='area'),
    dict(type='AlphaMask', background='mean'),
    dict(type='PackInputs', meta_keys={{_base_.meta_keys}}),
]
train_dataloader = dict(
    batch_size=32, num_workers=1, dataset=dict(data_root=data_root, groups='metadata.csv', pipeline=train_pipeline)
)
val_dataloader = dict(num_workers=1, dataset=dict(data_root=data_root, groups='metadata.csv', pipeline=test_pipeline))
test_dataloader = dict(
    num_workers=1, dataset=dict(data_root=data_root, solution='solution.csv', pipeline=test_pipeline)
)

model = dict(
    backbone=dict(
        model_name='resnet10t',
        channels=(48, 96, 192, 384),
        checkpoint_path='{{ fileDirname }}/resnet10t.safetensors',  # see encoder_resnet10t.py
        pretrained=False,
    ),
    neck=[dict(type='GlobalAveragePooling'), dict(type='BNNeck', out_channels=128, dropout=0.2)],
)
train_cfg = dict(max_epochs=24, val_interval=8)
param_scheduler = [dict(type='CosineAnnealingLR', by_epoch=True, convert_to_iter_based=True)]
