# SimCLR: two views of an image near each other, all others far, on training and test images without names (Chen et al.,
# ICML 2020, algorithm 1). No view is mirrored: the other flank has another pattern. self_supervised.py starts from it.
# python tools/train.py configs/recipes/transfer/simclr.py --no-validate
# jaguar-mm export-backbone work_dirs/simclr/epoch_12.pth --out data/hard/simclr.safetensors
_base_ = '../base.py'

part = dict(_base_.crop, type='RandomResizedCrop', crop_ratio_range=(0.3, 1.0))
colours = dict(type='MatrixColorJitter', brightness=0.4, contrast=0.4, saturation=0.4)
blur = dict(type='GaussianBlur', magnitude_range=(0.1, 2.0), magnitude_std='inf', prob=0.5)
views = dict(type='MultiView', num_views=2, transforms=[[part, colours, blur]])
pipeline = dict(_base_.train_pipeline, resize=views)
images = dict(_delete_=True, type='ImageFolder', folder=_base_.data_root, pipeline=pipeline)
train_dataloader = dict(batch_size=64, collate_fn=dict(type='default_collate'), dataset=images)

widths = dict(in_channels=384, hid_channels=384, out_channels=128)  # of the map, and of the vectors compared
model = dict(
    type='SimCLR',
    neck=dict(_delete_=True, type='NonLinearNeck', norm_cfg=dict(type='BN1d'), **widths),
    head=dict(_delete_=True, type='ContrastiveHead', loss=dict(type='CrossEntropyLoss'), temperature=0.1),
    data_preprocessor=dict(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375)),
)
kept = ('checkpoint', 'console', 'finite', 'logger', 'schedule', 'skipped')  # the others ask for names
default_hooks = dict(_delete_=True, **{name: _base_.default_hooks[name] for name in kept})
