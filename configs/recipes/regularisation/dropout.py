# Dropout before the last layer of the neck (Srivastava et al., JMLR 2014).
# python tools/train.py configs/recipes/regularisation/dropout.py --no-validate
_base_ = '../base.py'

model = dict(neck=dict(norm=dict(dropout=0.2)))
