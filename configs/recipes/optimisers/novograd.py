# NovoGrad: Adam with one second moment a layer (Ginsburg et al., 2019, arXiv 1905.11286).
# python tools/train.py configs/recipes/optimisers/novograd.py --no-validate
# Hard bench, one seed: mAP -0.044 (-0.076 to -0.014) on 0.436, 1.2 times the time: screened only.
_base_ = '../base.py'

optim_wrapper = dict(optimizer=dict(type='TimmOptimizer', name='novograd', lr=1e-2, betas=(0.95, 0.98)))
