# Twice as long.
# python tools/train.py configs/recipes/schedules/longer.py --no-validate
_base_ = '../base.py'

train_cfg = dict(max_epochs=24)
