# From v1 to v2, step 1: the background is replaced in training, and is one colour in the test.
# python tools/train.py configs/recipes/ladder/s1_background.py --no-validate
# Hard bench, one seed: mAP +0.004 (-0.027 to +0.035) on 0.436, 1.1 times the time: screened only.
_base_ = '../base.py'

train_pipeline = dict(mask=dict(background='random'))
test_pipeline = dict(mask=dict(background='mean', after='resize'))
