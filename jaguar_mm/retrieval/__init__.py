"""Retrieval on bare arrays and tensors: expansion, re-ranking, metrics. Needs nothing of OpenMMLab."""

from jaguar_mm.retrieval.arrays import unusable_rows
from jaguar_mm.retrieval.calibration import isotonic_calibration, rank_normalise, standardise
from jaguar_mm.retrieval.expansion import database_augmentation, expand_queries, query_expansion
from jaguar_mm.retrieval.fusion import fuse_embeddings, fuse_posteriors, fuse_similarities
from jaguar_mm.retrieval.knn import topk_similarity
from jaguar_mm.retrieval.lists import list_statistics
from jaguar_mm.retrieval.metrics import (
    average_precisions,
    cmc,
    identity_balanced_map,
    mean_average_precision,
    mean_inp,
    per_identity_map,
)
from jaguar_mm.retrieval.pairs import pair_average_precision, pair_pearson, pair_roc_auc, pair_statistics, pair_tpr
from jaguar_mm.retrieval.ranks import rank_statistics
from jaguar_mm.retrieval.rerank import k_reciprocal_rerank, k_reciprocal_topk
from jaguar_mm.retrieval.scores import RetrievalScores, score_features, score_similarity, score_top_k
from jaguar_mm.retrieval.similarity import cosine_similarity, l2_normalise

__all__ = [
    'RetrievalScores',
    'average_precisions',
    'cmc',
    'cosine_similarity',
    'database_augmentation',
    'expand_queries',
    'fuse_embeddings',
    'fuse_posteriors',
    'fuse_similarities',
    'identity_balanced_map',
    'isotonic_calibration',
    'k_reciprocal_rerank',
    'k_reciprocal_topk',
    'l2_normalise',
    'list_statistics',
    'mean_average_precision',
    'mean_inp',
    'pair_average_precision',
    'pair_pearson',
    'pair_roc_auc',
    'pair_statistics',
    'pair_tpr',
    'per_identity_map',
    'query_expansion',
    'rank_normalise',
    'rank_statistics',
    'score_features',
    'score_similarity',
    'score_top_k',
    'standardise',
    'topk_similarity',
    'unusable_rows',
]
