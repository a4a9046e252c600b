"""Every score of one similarity matrix, by the names used in tables and log keys."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from jaguar_mm.retrieval import score_similarity

RANKS = (1, 5, 10)
FALSE_POSITIVE_RATE = 1e-3


def retrieval_scores(
    similarity: Tensor, query_ids: np.ndarray, gallery_ids: np.ndarray | None = None, ignore: Tensor | None = None
) -> dict[str, float]:
    """Score one similarity matrix in every way we report.

    Args:
        similarity: How alike query and gallery pictures are (M, N).
        query_ids: Identity of each query (M,).
        gallery_ids: Identity of each gallery picture (N,); None for the set against itself.
        ignore: Pairs left out, boolean (M, N).

    Returns:
        Metric name to value in [0, 1] (``pearson``: [-1, 1]).
    """
    scores = score_similarity(similarity, query_ids, gallery_ids, ignore=ignore)
    hits = scores.ranks.cmc(RANKS)
    return {
        'mAP_ib': scores.identity_balanced_map,
        'mAP': scores.mean_average_precision,
        **{f'CMC@{rank}': hits[rank] for rank in RANKS},
        'mINP': scores.mean_inp,
        'pair_AUC': scores.pairs.roc_auc(),
        'pair_AP': scores.pairs.average_precision(),
        f'TPR@{FALSE_POSITIVE_RATE:g}': scores.pairs.tpr(FALSE_POSITIVE_RATE),
        'pearson': scores.pairs.pearson,
    }
