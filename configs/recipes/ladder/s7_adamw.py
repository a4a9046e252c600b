# From v2 to v3, step 2: AdamW in bfloat16, no decay of norms and biases.
# python tools/train.py configs/recipes/ladder/s7_adamw.py --no-validate
# Hard bench, one seed: mAP -0.049 (-0.083 to -0.016) on 0.436: screened only.
_base_ = 's6_gem.py'

optim_wrapper = dict(
    _delete_=True,
    type='AmpOptimWrapper',
    dtype='bfloat16',
    loss_scale=1.0,
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=1e-3),
    paramwise_cfg=dict(norm_decay_mult=0.0, bias_decay_mult=0.0, custom_keys={'neck': dict(decay_mult=0.0)}),
)
param_scheduler = [dict(type='CosineAnnealingLR', eta_min=1e-6, by_epoch=True, convert_to_iter_based=True)]
