# The mean of an image's embedding and its mirror image's (test-time augmentation).
# python tools/train.py configs/recipes/stages/flip.py --no-validate
_base_ = '../base.py'

model = dict(tta=dict(type='EmbeddingTTA', flip=True))
test_evaluator = dict(stages=[dict(type='Cosine'), dict(type='Views', view='flip')])
