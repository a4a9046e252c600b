# Muon: orthogonal steps for matrices and kernels, AdamW for class centres and the rest (Jordan et al., 2024).
# python tools/train.py configs/recipes/optimisers/muon.py --no-validate
# Hard bench, one seed: mAP -0.022 (-0.054 to +0.007) on 0.436, 1.4 times the time: screened only.
_base_ = '../base.py'

optim_wrapper = dict(
    optimizer=dict(type='TimmOptimizer', name='muon', lr=1e-3, weight_decay=0.05),
    paramwise_cfg=dict(custom_keys={'head': dict(use_fallback=True)}),
)
