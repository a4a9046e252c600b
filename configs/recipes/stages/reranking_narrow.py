# Re-ranking that looks at fewer neighbours, for animals with few images (Zhong et al., CVPR 2017).
# python tools/train.py configs/recipes/stages/reranking_narrow.py --no-validate
_base_ = '../base.py'

test_evaluator = dict(stages=[dict(type='Cosine'), dict(type='KReciprocalRerank', k1=6, k2=2, lambda_value=0.3)])
