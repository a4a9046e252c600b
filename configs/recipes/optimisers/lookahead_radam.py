# Lookahead over RAdam, known as Ranger (Zhang et al., NeurIPS 2019; Liu et al., ICLR 2020).
# python tools/train.py configs/recipes/optimisers/lookahead_radam.py --no-validate
# Hard bench, one seed: mAP -0.049 (-0.073 to -0.026) on 0.436: screened only.
_base_ = '../base.py'

optim_wrapper = dict(optimizer=dict(type='TimmOptimizer', name='lookahead_radam', lr=3e-3))
