# The recommended recipe, step 5: twice as long. Each step before learns on to the end, which v1 does not.
# python tools/train.py configs/recipes/recommended/r5_longer.py --no-validate
# Hard bench, one seed: mAP +0.420 (+0.367 to +0.471) on 0.436, 2.0 times the time: screened only.
# Untouched competitions, 4 seeds: mAP +0.405 (+0.373 to +0.439) on 0.452, 2.1 times the time: better.
_base_ = 'r4_light.py'

train_cfg = dict(max_epochs=24)
