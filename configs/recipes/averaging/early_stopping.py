# The training ends when three validations in a row have gained nothing (Prechelt, 1998).
# python tools/train.py configs/recipes/averaging/early_stopping.py
_base_ = '../base.py'

train_cfg = dict(max_epochs=24, val_interval=1)
default_hooks = dict(
    stopping=dict(type='ResumableEarlyStoppingHook', monitor='reid/plain/mAP_ib', min_delta=0.005, patience=3),
)
