# The backbone learns at a tenth of the rate of neck and head (Howard and Ruder, ACL 2018, section 3.2).
# python tools/train.py configs/recipes/transfer/discriminative_rates.py --no-validate
# Hard bench, one seed: mAP -0.033 (-0.056 to -0.010) on 0.436: screened only.
_base_ = '../base.py'

optim_wrapper = dict(paramwise_cfg=dict(custom_keys={'backbone': dict(lr_mult=0.1)}))
