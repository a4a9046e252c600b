# The competition's files (as the zip lays them out, or flat), a stratified fifth of train held out.
# What is no setting of a runner (load, train_pipeline) acts on all that is made from it, also where it is overridden by a
# config that inherits or by --cfg-options: load.size=512, train_pipeline.mask.background=random.
data_root = 'data/jaguar-re-id'
meta_keys = ('image_name', 'img_path', 'identity', 'role', 'group')

load = dict(type='LoadRGBA', cache=True, size=256)
mask = dict(type='AlphaMask', background='keep')
resize = dict(type='Resize', scale=(224, 224), interpolation='bicubic')
pack = dict(type='PackInputs', meta_keys=meta_keys)
train_pipeline = dict(load=load, mask=mask, resize=resize, pack=pack)
test_pipeline = dict(load=load, mask=mask, resize=resize, pack=pack)

train_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='EpochSampler'),
    dataset=dict(type='JaguarReID', data_root=data_root, subset='train', pipeline=train_pipeline),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='JaguarReID', data_root=data_root, subset='val', pipeline=test_pipeline, test_mode=True),
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
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
val_evaluator = dict(type='ReIDMetric')
test_evaluator = dict(type='ReIDMetric')

train_cfg = dict(type='ResumableTrainLoop', max_epochs=10, val_interval=1)
val_cfg = {}
test_cfg = {}
auto_scale_lr = dict(base_batch_size=64)
