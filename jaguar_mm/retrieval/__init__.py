"""Retrieval on bare arrays and tensors: pipelines of stages, rankings, metrics.

Needs nothing of OpenMMLab, and no torch unless tensors are given.
"""

from jaguar_mm.retrieval.apart import Apart
from jaguar_mm.retrieval.arrays import unusable_rows
from jaguar_mm.retrieval.by_identity import top_identities
from jaguar_mm.retrieval.calibrated_stages import Calibrate, CalibratedFusion
from jaguar_mm.retrieval.calibration import (
    Calibration,
    Isotonic,
    Logistic,
    Standardised,
    rank_normalise,
    standardise,
)
from jaguar_mm.retrieval.calibration_fit import fit_isotonic, fit_logistic, fit_standardised, isotonic_calibration
from jaguar_mm.retrieval.expansion import database_augmentation, expand_queries, query_expansion
from jaguar_mm.retrieval.fusion import fuse_embeddings, fuse_posteriors, fuse_similarities
from jaguar_mm.retrieval.grouping import group_candidates
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
from jaguar_mm.retrieval.mixed_rankings import CalibratedRanking, FusedRanking
from jaguar_mm.retrieval.pairs import pair_average_precision, pair_pearson, pair_roc_auc, pair_statistics, pair_tpr
from jaguar_mm.retrieval.pipeline import Embedded, Pipeline, StageRankings
from jaguar_mm.retrieval.pseudo_labels import Votes, sure_labels, votes
from jaguar_mm.retrieval.rankings import CosineRanking, MatrixRanking, Ranking, RerankedRanking
from jaguar_mm.retrieval.ranks import rank_statistics
from jaguar_mm.retrieval.reciprocal import Reciprocal
from jaguar_mm.retrieval.rerank import k_reciprocal_rerank, k_reciprocal_topk
from jaguar_mm.retrieval.scores import (
    RetrievalScores,
    score_features,
    score_ranking,
    score_similarity,
    score_top_k,
)
from jaguar_mm.retrieval.shortlist import ShortlistRanking, shortlist_recall
from jaguar_mm.retrieval.similarity import cosine_similarity, l2_normalise
from jaguar_mm.retrieval.stacking import fit_stacking
from jaguar_mm.retrieval.stage import Stage
from jaguar_mm.retrieval.stages import Cosine, DatabaseAugmentation, KReciprocalRerank, Member, QueryExpansion, Views
from jaguar_mm.retrieval.threshold import Threshold, find_threshold

__all__ = [
    'Apart',
    'Calibrate',
    'CalibratedFusion',
    'CalibratedRanking',
    'Calibration',
    'Cosine',
    'CosineRanking',
    'DatabaseAugmentation',
    'Embedded',
    'FusedRanking',
    'Isotonic',
    'KReciprocalRerank',
    'Logistic',
    'MatrixRanking',
    'Member',
    'Pipeline',
    'QueryExpansion',
    'Ranking',
    'Reciprocal',
    'RerankedRanking',
    'RetrievalScores',
    'ShortlistRanking',
    'Stage',
    'StageRankings',
    'Standardised',
    'Threshold',
    'Views',
    'Votes',
    'average_precisions',
    'cmc',
    'cosine_similarity',
    'database_augmentation',
    'expand_queries',
    'find_threshold',
    'fit_isotonic',
    'fit_logistic',
    'fit_stacking',
    'fit_standardised',
    'fuse_embeddings',
    'fuse_posteriors',
    'fuse_similarities',
    'group_candidates',
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
    'score_ranking',
    'score_similarity',
    'score_top_k',
    'shortlist_recall',
    'standardise',
    'sure_labels',
    'top_identities',
    'topk_similarity',
    'unusable_rows',
    'votes',
]
