# SWA: what is tested is the mean of the weights of the last four epochs (Izmailov et al., UAI 2018).
# python tools/train.py configs/recipes/averaging/swa.py --no-validate
_base_ = '../base.py'

default_hooks = dict(
    ema=dict(type='EMAHook', ema_type='StochasticWeightAverage', begin_epoch=9, update_buffers=True),
    statistics=dict(type='AveragedStatisticsHook'),
)
