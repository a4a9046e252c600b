# The class centres learn at ten times the rate of the rest.
# python tools/train.py configs/recipes/margin/fast_centres.py --no-validate
# Hard bench, one seed: mAP -0.005 (-0.024 to +0.015) on 0.436: screened only.
# Nyala, held out, one seed: mAP -0.003 (-0.010 to +0.003) on 0.043: screened only.
_base_ = '../base.py'

optim_wrapper = dict(paramwise_cfg=dict(custom_keys={'head': dict(lr_mult=10.0)}))
