# EMA: what is tested is a moving average of the weights, about of the last 50 steps (Tarvainen and Valpola, NIPS 2017).
# python tools/train.py configs/recipes/averaging/ema.py --no-validate
_base_ = '../base.py'

default_hooks = dict(ema=dict(type='EMAHook', momentum=0.02, priority='ABOVE_NORMAL'))
