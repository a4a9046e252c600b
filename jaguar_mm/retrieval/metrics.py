"""Retrieval metrics of a similarity matrix.

All take the same sets: the similarity (M, N), the identities of queries and gallery (None: the queries are the gallery
and a query is never its own match), and pairs to ignore. Queries without a positive are left out. See
:func:`~jaguar_mm.retrieval.ranks.rank_statistics` for shapes, ties and errors.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from jaguar_mm.retrieval.arrays import Array
from jaguar_mm.retrieval.ranks import rank_statistics


class IdentityScore(NamedTuple):
    """How well one identity's pictures are found.

    Attributes:
        mean_ap: Mean average precision of its queries.
        queries: How many queries it has, those without a positive left out.
    """

    mean_ap: float
    queries: int


def average_precisions(
    similarity: Array, query_ids: Sequence, gallery_ids: Sequence | None = None, *, ignore: Array | None = None
) -> np.ndarray:
    """Return the average precision of each query (M,), NaN where it has no positive.

    ``AP(q) = 1 / |P| * sum over positives of precision at their rank``.
    """
    return rank_statistics(similarity, query_ids, gallery_ids, ignore).average_precision


def mean_average_precision(
    similarity: Array, query_ids: Sequence, gallery_ids: Sequence | None = None, *, ignore: Array | None = None
) -> float:
    """Return the mean of the queries' average precisions."""
    return float(np.nanmean(average_precisions(similarity, query_ids, gallery_ids, ignore=ignore)))


def identity_balanced_map(
    similarity: Array, query_ids: Sequence, gallery_ids: Sequence | None = None, *, ignore: Array | None = None
) -> float:
    """Return the mean over identities of the mean average precision of each one's queries.

    The jaguar competition's score: an identity with many pictures weighs no more than one with few.
    """
    scores = per_identity_map(similarity, query_ids, gallery_ids, ignore=ignore)
    return float(np.mean([score.mean_ap for score in scores.values()]))


def per_identity_map(
    similarity: Array, query_ids: Sequence, gallery_ids: Sequence | None = None, *, ignore: Array | None = None
) -> dict[Hashable, IdentityScore]:
    """Return the score of each identity that has an answerable query, in the order in which they come."""
    precisions = average_precisions(similarity, query_ids, gallery_ids, ignore=ignore)
    by_identity: dict[Hashable, list[float]] = {}
    identities = query_ids.tolist() if hasattr(query_ids, 'tolist') else query_ids
    for identity, precision in zip(identities, precisions.tolist(), strict=True):
        if precision == precision:  # not NaN
            by_identity.setdefault(identity, []).append(precision)
    return {identity: IdentityScore(float(np.mean(aps)), len(aps)) for identity, aps in by_identity.items()}


def cmc(
    similarity: Array,
    query_ids: Sequence,
    gallery_ids: Sequence | None = None,
    *,
    ranks: Sequence[int] = (1, 5, 10),
    ignore: Array | None = None,
) -> dict[int, float]:
    """Return, for each rank, the share of queries with a positive at that rank or before it."""
    statistics = rank_statistics(similarity, query_ids, gallery_ids, ignore)
    first = statistics.first_rank[statistics.answerable]
    return {rank: float((first <= rank).mean()) for rank in ranks}


def mean_inp(
    similarity: Array, query_ids: Sequence, gallery_ids: Sequence | None = None, *, ignore: Array | None = None
) -> float:
    """Return the mean inverse negative penalty: positives by the rank of the last one (Ye et al., TPAMI 2022, 4.2)."""
    return float(np.nanmean(rank_statistics(similarity, query_ids, gallery_ids, ignore).inverse_penalty))
