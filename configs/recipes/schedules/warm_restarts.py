# SGDR: half a cosine, again and again from the full rate (Loshchilov and Hutter, ICLR 2017).
# python tools/train.py configs/recipes/schedules/warm_restarts.py --no-validate
# Hard bench, one seed: mAP -0.027 (-0.042 to -0.013) on 0.436: screened only.
_base_ = '../base.py'

param_scheduler = [
    dict(type='CosineRestartLR', periods=[4, 4, 4], restart_weights=[1, 1, 1], eta_min=0, convert_to_iter_based=True),
]
