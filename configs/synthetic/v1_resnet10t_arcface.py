# v1 at CPU size, on the synthetic competition (jaguar-mm synthesise --out data/synthetic).
# python tools/train.py configs/synthetic/v1_resnet10t_arcface.py
_base_ = ['../resnet152_arcface.py', '_base_/cpu_size.py']

model = dict(neck=dict(norm=dict(out_channels=128)))
