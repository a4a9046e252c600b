"""Thin OpenMMLab evaluators over :mod:`jaguar_mm.retrieval`, whose stages are registered here."""

from jaguar_mm.evaluation.reid_metric import ReIDMetric, RetrievalRun
from jaguar_mm.matching import LNBNN, LocalMatching
from jaguar_mm.registry import STAGES
from jaguar_mm.retrieval import (
    Calibrate,
    CalibratedFusion,
    Cosine,
    DatabaseAugmentation,
    KReciprocalRerank,
    Member,
    QueryExpansion,
    Views,
)

__all__ = ['ReIDMetric', 'RetrievalRun']

ON_EMBEDDINGS = (Cosine, DatabaseAugmentation, KReciprocalRerank, Member, QueryExpansion, Views)
ON_RANKINGS = (Calibrate, CalibratedFusion)
ON_KEYPOINTS = (LNBNN, LocalMatching)
for stage in (*ON_EMBEDDINGS, *ON_RANKINGS, *ON_KEYPOINTS):
    STAGES.register_module(module=stage)
