# Weight decay of weights alone: none of norms and biases (He et al., CVPR 2019, section 3.1).
# python tools/train.py configs/recipes/regularisation/weight_decay_of_weights.py --no-validate
_base_ = 'weight_decay.py'

optim_wrapper = dict(paramwise_cfg=dict(norm_decay_mult=0.0, bias_decay_mult=0.0))
