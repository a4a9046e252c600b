"""Retrieval on bare arrays and tensors: expansion, re-ranking, metrics. Needs nothing of OpenMMLab."""

from jaguar_mm.retrieval.expansion import database_augmentation, expand_queries, query_expansion
from jaguar_mm.retrieval.knn import topk_similarity
from jaguar_mm.retrieval.metrics import (
    average_precisions,
    cmc,
    identity_balanced_map,
    mean_average_precision,
    mean_inp,
    per_identity_map,
)
from jaguar_mm.retrieval.pairs import pair_average_precision, pair_pearson, pair_roc_auc
from jaguar_mm.retrieval.rerank import k_reciprocal_rerank, k_reciprocal_topk
from jaguar_mm.retrieval.similarity import cosine_similarity, l2_normalise

__all__ = [
    'average_precisions',
    'cmc',
    'cosine_similarity',
    'database_augmentation',
    'expand_queries',
    'identity_balanced_map',
    'k_reciprocal_rerank',
    'k_reciprocal_topk',
    'l2_normalise',
    'mean_average_precision',
    'mean_inp',
    'pair_average_precision',
    'pair_pearson',
    'pair_roc_auc',
    'per_identity_map',
    'query_expansion',
    'topk_similarity',
]
