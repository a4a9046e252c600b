# Random weights to start from: the contrast to all that starts from learnt ones (He et al., ICCV 2019).
# python tools/train.py configs/recipes/transfer/random_weights.py --no-validate
# Hard bench, one seed: mAP -0.396 (-0.443 to -0.349) on 0.436, 1.1 times the time: screened only.
_base_ = '../base.py'

model = dict(backbone=dict(checkpoint_path=''))
