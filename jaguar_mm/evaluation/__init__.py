"""Thin OpenMMLab evaluators over :mod:`jaguar_mm.retrieval`, whose stages are registered here."""

from jaguar_mm.evaluation.reid_metric import ReIDMetric, RetrievalRun
from jaguar_mm.matching import LNBNN, LocalMatching
from jaguar_mm.registry import STAGES
from jaguar_mm.retrieval import Cosine, DatabaseAugmentation, KReciprocalRerank, QueryExpansion, Views

__all__ = ['ReIDMetric', 'RetrievalRun']

for stage in (LNBNN, Cosine, DatabaseAugmentation, KReciprocalRerank, LocalMatching, QueryExpansion, Views):
    STAGES.register_module(module=stage)
