# Stochastic depth: whole blocks are left out at random, the last ones most often (Huang et al., ECCV 2016).
# python tools/train.py configs/recipes/regularisation/stochastic_depth.py --no-validate
_base_ = '../base.py'

model = dict(backbone=dict(drop_path_rate=0.1))
