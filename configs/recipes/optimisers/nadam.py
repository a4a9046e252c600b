# NAdam: Adam with Nesterov's momentum (Dozat, ICLR 2016 workshop).
# python tools/train.py configs/recipes/optimisers/nadam.py --no-validate
# Hard bench, one seed: mAP -0.009 (-0.027 to +0.008) on 0.436, 1.6 times the time: screened only.
_base_ = '../base.py'

optim_wrapper = dict(optimizer=dict(type='NAdam', lr=1e-3))
