# NovoGrad: Adam with one second moment a layer (Ginsburg et al., 2019, arXiv 1905.11286).
# python tools/train.py configs/recipes/optimisers/novograd.py --no-validate
_base_ = '../base.py'

optim_wrapper = dict(optimizer=dict(type='TimmOptimizer', name='novograd', lr=1e-2, betas=(0.95, 0.98)))
