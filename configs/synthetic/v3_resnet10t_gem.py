# v3 at CPU size, on the synthetic competition (jaguar-mm synthesise --out data/synthetic); what make demo runs.
# python tools/train.py configs/synthetic/v3_resnet10t_gem.py
_base_ = ['../eva02_gem.py', '_base_/cpu_size.py']

optim_wrapper = dict(
    accumulative_counts=1,
    optimizer=dict(lr=1e-3),
    paramwise_cfg=dict(custom_keys={'neck': dict(lr_mult=1.0), 'head': dict(lr_mult=1.0)}),
)
default_hooks = dict(ema=dict(momentum=0.02))  # a short run: about the last 50 steps
