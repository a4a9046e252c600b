# v2 at CPU size, on the synthetic competition (jaguar-mm synthesise --out data/synthetic).
# python tools/train.py configs/synthetic/v2_resnet10t_alpha.py
_base_ = ['../resnet152_alpha.py', '_base_/cpu_size.py']

model = dict(neck=dict(norm=dict(out_channels=128)))
