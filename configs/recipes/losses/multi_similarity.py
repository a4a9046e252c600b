# Multi-similarity loss with its choice of pairs instead of ArcFace (Wang et al., CVPR 2019).
# python tools/train.py configs/recipes/losses/multi_similarity.py --no-validate
# Hard bench, one seed: mAP -0.091 (-0.128 to -0.053) on 0.436: screened only.
_base_ = '../base.py'

multi_similarity = dict(
    type='MetricLearning',
    loss=dict(type='MultiSimilarityLoss', alpha=2, beta=50, base=0.5),
    miner=dict(type='MultiSimilarityMiner', epsilon=0.1),
)
model = dict(head=dict(losses=dict(arcface=None, multi_similarity=multi_similarity)))
train_dataloader = dict(sampler=dict(_delete_=True, type='IdentityBalancedSampler', classes=8, images=4))
