# Query expansion: the mean of a query and its nearest images (Chum et al., ICCV 2007).
# python tools/train.py configs/recipes/stages/expansion.py --no-validate
_base_ = '../base.py'

test_evaluator = dict(stages=[dict(type='Cosine'), dict(type='QueryExpansion', k=3)])
