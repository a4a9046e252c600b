# Wild nyala (Dlamini & van Zyl 2020), the published closed-set split: MobileNetV2, each flank a class of its own.
# python tools/train.py configs/nyala/mobilenetv2_flanks.py
_base_ = ['../_base_/runtime.py']

data_root = 'data/nyala'
meta_keys = ('image_name', 'img_path', 'identity', 'flank', 'encounter', 'role')
columns = dict(flank_column='side', encounter_column='sighting')
train_pipeline = [
    dict(type='LoadRGBA'),
    dict(type='AlphaMask', background='keep'),
    dict(type='RandomResizedCrop', scale=224, crop_ratio_range=(0.6, 1.0), interpolation='bicubic'),
    dict(type='Rotate', angle=10.0, prob=0.5, random_negative_prob=0.5),
    dict(type='ColorJitter', brightness=0.3, contrast=0.3, saturation=0.3, backend='cv2'),
    dict(type='RandomErasing', erase_prob=0.2, mode='rand'),
    dict(type='PackInputs', meta_keys=meta_keys),
]
test_pipeline = [
    dict(type='LoadRGBA'),
    dict(type='AlphaMask', background='keep'),
    dict(type='Resize', scale=(224, 224), interpolation='bicubic'),
    dict(type='PackInputs', meta_keys=meta_keys),
]
train_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='MetadataReID',
        data_root=data_root,
        splits=('train',),
        class_columns=('identity', 'side'),  # the flanks of one animal are two patterns
        pipeline=train_pipeline,
        **columns,
    ),
)
val_dataloader = dict(
    batch_size=32,
    num_workers=2,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='MetadataReID',
        data_root=data_root,
        splits=('train', 'test'),
        roles=dict(test='query', train='gallery'),
        pipeline=test_pipeline,
        test_mode=True,
        **columns,
    ),
)
test_dataloader = val_dataloader
