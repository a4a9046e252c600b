# v1 at CPU size, on the synthetic competition (jaguar-mm synthesise --out data/synthetic).
# python tools/train.py configs/synthetic/v1_resnet10t_arcface.py
_base_ = '../resnet152_arcface.py'

data_root = 'data/synthetic'
pipeline = [
    dict(type='LoadRGBA', cache=True, size=192),
    dict(type='CropToMask', margin=0.05),
    dict(type='AlphaMask', background='keep'),
    dict(type='Resize', scale=(120, 80), interpolation='area'),
    dict(type='PackInputs', meta_keys={{_base_.meta_keys}}),
]
train_dataloader = dict(
    batch_size=32, num_workers=1, dataset=dict(data_root=data_root, groups='metadata.csv', pipeline=pipeline)
)
val_dataloader = dict(num_workers=1, dataset=dict(data_root=data_root, groups='metadata.csv', pipeline=pipeline))
test_dataloader = dict(num_workers=1, dataset=dict(data_root=data_root, solution='solution.csv', pipeline=pipeline))

model = dict(
    backbone=dict(
        model_name='resnet10t',
        channels=(48, 96, 192, 384),
        checkpoint_path='{{ fileDirname }}/resnet10t.safetensors',  # see encoder_resnet10t.py
        pretrained=False,
    ),
    neck=[dict(type='GlobalAveragePooling'), dict(type='BNNeck', out_channels=128)],
)
train_cfg = dict(max_epochs=24, val_interval=8)
