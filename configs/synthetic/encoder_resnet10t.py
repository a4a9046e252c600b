# The encoder that its neighbours start from: trained on 300 synthetic animals that no competition shows.
# jaguar-mm synthesise --out data/synthetic_encoder --seed 1000 --identities 300 --train-per-identity 40 \
#     --test-per-identity 0 --burst-length 1 --size 160
# python tools/train.py configs/synthetic/encoder_resnet10t.py
# jaguar-mm export-backbone work_dirs/encoder_resnet10t/epoch_9.pth configs/synthetic/resnet10t.safetensors
_base_ = 'v3_resnet10t_gem.py'

train_root = 'data/synthetic_encoder'
plain = dict(rotate=None, flip=None, mask=dict(background='mean'), jitter=None, erase=None)
train_dataloader = dict(  # the many classes are not told apart at all if training begins with heavy augmentation
    dataset=dict(data_root=train_root, subset=None, pipeline=plain),
)
model = dict(
    backbone=dict(checkpoint_path=''),
    neck=dict(pool=dict(_delete_=True, type='GlobalAveragePooling')),
    head=dict(losses=dict(arcface=dict(scale=16.0, margin=0.0, label_smoothing=0.0))),
)
optim_wrapper = dict(optimizer=dict(lr=1e-3, weight_decay=0.02))
train_cfg = dict(max_epochs=9, val_interval=1)  # validated on the other animals of data/synthetic
default_hooks = dict(
    logger=dict(interval=50),
    recipe=dict(type='SwitchRecipeHook', schedule=[dict(action_epoch=3, train_pipeline=_base_.train_pipeline)]),
)
