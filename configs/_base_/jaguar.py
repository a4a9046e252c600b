# The competition's files (as the zip lays them out, or flat), a stratified fifth of train held out.
data_root = 'data/jaguar-re-id'
meta_keys = ('image_name', 'img_path', 'identity', 'role')

pipeline = [
    dict(type='LoadRGBA', cache=True, size=256),
    dict(type='AlphaMask', background='keep'),
    dict(type='Resize', scale=(224, 224), interpolation='bicubic'),
    dict(type='PackInputs', meta_keys=meta_keys),
]

train_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='EpochSampler'),
    dataset=dict(type='JaguarReID', data_root=data_root, subset='train', pipeline=pipeline),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='JaguarReID', data_root=data_root, subset='val', pipeline=pipeline, test_mode=True),
)
test_dataloader = dict(
    batch_size=64,
    num_workers=4,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='JaguarReID',
        data_root=data_root,
        ann_file='test.csv',
        data_prefix='test',
        solution=None,  # a CSV of filename,ground_truth gives scores as well
        pipeline=pipeline,
        test_mode=True,
    ),
)
val_evaluator = dict(type='ReIDMetric')
test_evaluator = dict(type='ReIDMetric')

train_cfg = dict(type='ResumableTrainLoop', max_epochs=10, val_interval=1)
val_cfg = {}
test_cfg = {}
auto_scale_lr = dict(base_batch_size=64)
