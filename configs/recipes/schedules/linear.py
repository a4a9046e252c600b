# A rate that falls along a straight line (Defazio et al., 2023, arXiv 2310.07831).
# python tools/train.py configs/recipes/schedules/linear.py --no-validate
# Hard bench, one seed: mAP -0.022 (-0.031 to -0.014) on 0.436: screened only.
_base_ = '../base.py'

param_scheduler = [dict(type='LinearLR', start_factor=1.0, end_factor=0.0, by_epoch=True, convert_to_iter_based=True)]
