# SGDR: half a cosine, again and again from the full rate (Loshchilov and Hutter, ICLR 2017).
# python tools/train.py configs/recipes/schedules/warm_restarts.py --no-validate
_base_ = '../base.py'

param_scheduler = [
    dict(type='CosineRestartLR', periods=[4, 4, 4], restart_weights=[1, 1, 1], eta_min=0, convert_to_iter_based=True),
]
