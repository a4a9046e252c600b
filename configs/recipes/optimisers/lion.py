# Lion: the sign of a momentum, and so a lower rate (Chen et al., NeurIPS 2023).
# python tools/train.py configs/recipes/optimisers/lion.py --no-validate
# Hard bench, one seed: mAP -0.086 (-0.114 to -0.059) on 0.436: screened only.
_base_ = '../base.py'

optim_wrapper = dict(optimizer=dict(type='TimmOptimizer', name='lion', lr=1e-4, weight_decay=0.5))
