# AdaBelief: long steps where gradients are as expected (Zhuang et al., NeurIPS 2020).
# python tools/train.py configs/recipes/optimisers/adabelief.py --no-validate
_base_ = '../base.py'

optim_wrapper = dict(optimizer=dict(type='TimmOptimizer', name='adabelief', lr=1e-3))
