# One cycle: up to a high rate and down to nearly none (Smith and Topin, 2019, arXiv 1708.07120).
# python tools/train.py configs/recipes/schedules/one_cycle.py --no-validate
# Hard bench, one seed: mAP -0.034 (-0.063 to -0.005) on 0.436: screened only.
_base_ = '../base.py'

param_scheduler = [dict(type='OneCycleLR', eta_max=3e-3, by_epoch=True, convert_to_iter_based=True)]
