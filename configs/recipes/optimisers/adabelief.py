# AdaBelief: long steps where gradients are as expected (Zhuang et al., NeurIPS 2020).
# python tools/train.py configs/recipes/optimisers/adabelief.py --no-validate
# Hard bench, one seed: mAP +0.000 (-0.010 to +0.011) on 0.436: screened only.
_base_ = '../base.py'

optim_wrapper = dict(optimizer=dict(type='TimmOptimizer', name='adabelief', lr=1e-3))
