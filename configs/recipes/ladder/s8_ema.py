# From v2 to v3, step 3: the mean of the last weights (EMA), and the mirrored view. This is v3 at CPU size.
# python tools/train.py configs/recipes/ladder/s8_ema.py --no-validate
# Hard bench, one seed: mAP -0.054 (-0.088 to -0.020) on 0.436: screened only.
# Untouched competitions, 4 seeds: mAP -0.083 (-0.107 to -0.059) on 0.452, 1.1 times the time: worse.
_base_ = 's7_adamw.py'

default_hooks = dict(ema=dict(type='EMAHook', momentum=0.02, priority='ABOVE_NORMAL'))
model = dict(tta=dict(type='EmbeddingTTA', flip=True))
