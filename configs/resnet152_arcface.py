# v1: ResNet-152, average pooling, ArcFace. About 0.70 on the public board (the owner's run, not repeated here).
# python tools/train.py configs/resnet152_arcface.py
_base_ = ['_base_/jaguar.py', '_base_/runtime.py']

model = dict(
    _scope_='jaguar_mm',  # for those who build it from another scope
    type='ReIDClassifier',
    backbone=dict(type='TimmFeatures', model_name='resnet152', pretrained=True),
    neck=dict(
        pool=dict(type='GlobalAveragePooling'),
        norm=dict(type='BNNeck', out_channels=512),  # BN -> Linear -> BN
    ),
    head=dict(type='ReIDHead', losses=dict(arcface=dict(type='ArcFace', scale=30.0, margin=0.3))),
)

optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-3))
param_scheduler = []  # constant
