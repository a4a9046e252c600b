# LAMB: Adam whose steps are as long as the weights of their layer ask for (You et al., ICLR 2020).
# python tools/train.py configs/recipes/optimisers/lamb.py --no-validate
# Hard bench, one seed: mAP -0.011 (-0.041 to +0.019) on 0.436, 1.1 times the time: screened only.
_base_ = '../base.py'

optim_wrapper = dict(optimizer=dict(type='TimmOptimizer', name='lamb', lr=7e-4))
