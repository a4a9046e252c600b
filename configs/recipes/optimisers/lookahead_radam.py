# Lookahead over RAdam, known as Ranger (Zhang et al., NeurIPS 2019; Liu et al., ICLR 2020).
# python tools/train.py configs/recipes/optimisers/lookahead_radam.py --no-validate
# Hard bench, one seed: mAP -0.065 (-0.092 to -0.038) on 0.436: screened only.
_base_ = '../base.py'

optim_wrapper = dict(optimizer=dict(type='TimmOptimizer', name='lookahead_radam', lr=3e-3))
