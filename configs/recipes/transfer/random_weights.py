# Random weights to start from: the contrast to all that starts from learnt ones (He et al., ICCV 2019).
# python tools/train.py configs/recipes/transfer/random_weights.py --no-validate
_base_ = '../base.py'

model = dict(backbone=dict(checkpoint_path=''))
