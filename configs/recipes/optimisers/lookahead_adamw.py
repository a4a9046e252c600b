# Lookahead over AdamW: six steps forward, half of the way back (Zhang et al., NeurIPS 2019).
# python tools/train.py configs/recipes/optimisers/lookahead_adamw.py --no-validate
# Hard bench, one seed: mAP -0.031 (-0.048 to -0.015) on 0.436, 1.3 times the time: screened only.
_base_ = '../base.py'

optim_wrapper = dict(optimizer=dict(type='TimmOptimizer', name='lookahead_adamw', lr=1e-3, weight_decay=0.05))
