# The recommended recipe, step 5: twice as long. Each step before learns on to the end, which v1 does not.
# python tools/train.py configs/recipes/recommended/r5_longer.py --no-validate
_base_ = 'r4_light.py'

train_cfg = dict(max_epochs=24)
