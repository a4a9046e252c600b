# What makes v1, v2 and v3 small enough for two CPU cores, on the synthetic competition
# (jaguar-mm synthesise --out data/synthetic).
data_root = 'data/synthetic'

load = dict(size=192)
crop = dict(scale=(80, 120), aspect_ratio_range=(1.2, 2.0), interpolation='bilinear')
resize = dict(scale=(120, 80), interpolation='area')
train_pipeline = test_pipeline = dict(animal=dict(type='CropToMask', margin=0.05, after='load'))
train_dataloader = dict(batch_size=32, num_workers=1, dataset=dict(groups='metadata.csv'))
val_dataloader = dict(batch_size=64, num_workers=1, dataset=dict(groups='metadata.csv'))
test_dataloader = dict(batch_size=64, num_workers=1, dataset=dict(solution='solution.csv'))

model = dict(
    backbone=dict(
        model_name='resnet10t',
        channels=(48, 96, 192, 384),
        checkpoint_path='{{ fileDirname }}/../resnet10t.safetensors',  # see encoder_resnet10t.py
        pretrained=False,
    ),
)
train_cfg = dict(max_epochs=24, val_interval=8)
