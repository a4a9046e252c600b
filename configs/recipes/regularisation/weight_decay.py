# Weight decay by the gradient, as L2 regularisation (Krogh and Hertz, NIPS 1991).
# python tools/train.py configs/recipes/regularisation/weight_decay.py --no-validate
_base_ = '../base.py'

optim_wrapper = dict(optimizer=dict(weight_decay=5e-4))
