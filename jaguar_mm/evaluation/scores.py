"""Every score of one similarity matrix, by the names used in tables and log keys."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from jaguar_mm.retrieval import (
    cmc,
    identity_balanced_map,
    mean_average_precision,
    mean_inp,
    pair_average_precision,
    pair_pearson,
    pair_roc_auc,
)

RANKS = (1, 5, 10)


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
    sets = (similarity, query_ids, gallery_ids)
    hits = cmc(*sets, ranks=RANKS, ignore=ignore)
    return {
        'mAP_ib': identity_balanced_map(*sets, ignore=ignore),
        'mAP': mean_average_precision(*sets, ignore=ignore),
        **{f'CMC@{rank}': hits[rank] for rank in RANKS},
        'mINP': mean_inp(*sets, ignore=ignore),
        'pair_AUC': pair_roc_auc(*sets, ignore=ignore),
        'pair_AP': pair_average_precision(*sets, ignore=ignore),
        'pearson': pair_pearson(*sets, ignore=ignore),
    }
