"""Thin OpenMMLab evaluators over :mod:`jaguar_mm.retrieval`."""

from jaguar_mm.evaluation.reid_metric import ReIDMetric, RetrievalRun
from jaguar_mm.evaluation.stages import (
    Cosine,
    DatabaseAugmentation,
    KReciprocalRerank,
    QueryExpansion,
    TestTimeViews,
)
from jaguar_mm.evaluation.submission import write_pair_submission

__all__ = [
    'Cosine',
    'DatabaseAugmentation',
    'KReciprocalRerank',
    'QueryExpansion',
    'ReIDMetric',
    'RetrievalRun',
    'TestTimeViews',
    'write_pair_submission',
]
