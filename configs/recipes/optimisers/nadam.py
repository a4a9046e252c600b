# NAdam: Adam with Nesterov's momentum (Dozat, ICLR 2016 workshop).
# python tools/train.py configs/recipes/optimisers/nadam.py --no-validate
_base_ = '../base.py'

optim_wrapper = dict(optimizer=dict(type='NAdam', lr=1e-3))
