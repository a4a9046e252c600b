"""Metrics of pairs: how well similarities tell the same animal from two different ones.

All take the sets of :mod:`~jaguar_mm.retrieval.metrics`; every pair that is not left out counts once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from jaguar_mm.retrieval.arrays import Array
from jaguar_mm.retrieval.ranks import as_similarity, matched


def pair_roc_auc(
    similarity: Array, query_ids: Sequence, gallery_ids: Sequence | None = None, *, ignore: Array | None = None
) -> float:
    """Return the probability that a pair of the same animal is more alike than a pair of two (ties count half)."""
    return float(roc_auc_score(*_labelled_pairs(similarity, query_ids, gallery_ids, ignore)))


def pair_average_precision(
    similarity: Array, query_ids: Sequence, gallery_ids: Sequence | None = None, *, ignore: Array | None = None
) -> float:
    """Return the average precision of all pairs in one ranking."""
    return float(average_precision_score(*_labelled_pairs(similarity, query_ids, gallery_ids, ignore)))


def pair_pearson(
    similarity: Array, query_ids: Sequence, gallery_ids: Sequence | None = None, *, ignore: Array | None = None
) -> float:
    """Return Pearson's correlation of the similarity with the label (1 same, 0 different); 0 if all are alike."""
    same, values = _labelled_pairs(similarity, query_ids, gallery_ids, ignore)
    if np.ptp(values) == 0:
        return 0.0
    return float(np.corrcoef(same, values.astype(np.float64))[0, 1])


def _labelled_pairs(
    similarity: Array, query_ids: Sequence, gallery_ids: Sequence | None, ignore: Array | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return label (P,) and similarity (P,) of every pair that counts."""
    values = as_similarity(similarity)
    queries, gallery, left_out = matched(values.shape, query_ids, gallery_ids, ignore)
    same = (queries[:, None] == gallery[None, :])[~left_out]
    if same.all() or not same.any():
        raise ValueError('pair metrics need pairs of the same identity and pairs of different ones')
    return same, values[~left_out]
