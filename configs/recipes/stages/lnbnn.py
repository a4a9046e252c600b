# All descriptors of the gallery at once, no training (LNBNN, McCann and Lowe, CVPR 2012).
# python tools/train.py configs/recipes/stages/lnbnn.py --no-validate
_base_ = '../base.py'

test_evaluator = dict(stages=[dict(type='Cosine'), dict(type='LNBNN')])
