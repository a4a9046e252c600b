# Adan: Nesterov's momentum from differences of gradients (Xie et al., TPAMI 2024).
# python tools/train.py configs/recipes/optimisers/adan.py --no-validate
# Hard bench, one seed: mAP -0.020 (-0.038 to -0.001) on 0.436: screened only.
_base_ = '../base.py'

optim_wrapper = dict(optimizer=dict(type='TimmOptimizer', name='adan', lr=6e-4, weight_decay=0.02))
