# LAMB: Adam whose steps are as long as the weights of their layer ask for (You et al., ICLR 2020).
# python tools/train.py configs/recipes/optimisers/lamb.py --no-validate
_base_ = '../base.py'

optim_wrapper = dict(optimizer=dict(type='TimmOptimizer', name='lamb', lr=5e-3))
