# Stochastic gradient descent with momentum instead of Adam (Sutskever et al., ICML 2013).
# python tools/train.py configs/recipes/optimisers/sgd.py --no-validate
# Hard bench, one seed: mAP -0.058 (-0.092 to -0.026) on 0.436: screened only.
_base_ = '../base.py'

optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.005, momentum=0.9))
