# Coats compared spot by spot (ALIKED and LightGlue), for the 20 nearest candidates.
# python tools/train.py configs/recipes/stages/local_matching.py --no-validate
_base_ = '../base.py'

test_evaluator = dict(
    stages=[
        dict(type='Cosine'),
        dict(type='LocalMatching', k=20, trust=2.0),
        dict(type='LocalMatching', k=20, trust=None, stages=('raw',), name='+local alone'),
    ]
)
