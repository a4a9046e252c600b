# Adan: Nesterov's momentum from differences of gradients (Xie et al., TPAMI 2024).
# python tools/train.py configs/recipes/optimisers/adan.py --no-validate
_base_ = '../base.py'

optim_wrapper = dict(optimizer=dict(type='TimmOptimizer', name='adan', lr=2e-3, weight_decay=0.02))
