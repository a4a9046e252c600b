# Stochastic gradient descent with momentum instead of Adam (Sutskever et al., ICML 2013).
# python tools/train.py configs/recipes/optimisers/sgd.py --no-validate
_base_ = '../base.py'

optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.05, momentum=0.9))
