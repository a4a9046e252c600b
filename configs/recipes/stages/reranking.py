# Re-ranking: images with the same nearest images move closer (Zhong et al., CVPR 2017).
# python tools/train.py configs/recipes/stages/reranking.py --no-validate
_base_ = '../base.py'

test_evaluator = dict(stages=[dict(type='Cosine'), dict(type='KReciprocalRerank', k1=20, k2=6, lambda_value=0.3)])
