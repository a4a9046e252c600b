"""Retrieval metrics of a similarity matrix.

All take the same sets: the similarity (M, N), the identities of queries and gallery (None: the queries are the gallery
and a query is never its own match), pairs to ignore, and groups (bursts, encounters) within which pairs are ignored.
Queries without a positive are left out, and with them those of unknown identity (None, NaN or empty); gallery images
of unknown identity are distractors. See :func:`~jaguar_mm.retrieval.ranks.rank_statistics` for shapes, ties and
errors. For all of them at once, or of embeddings or top-k lists, see :mod:`~jaguar_mm.retrieval.scores`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from jaguar_mm.retrieval.apart import Groups
from jaguar_mm.retrieval.arrays import Array
from jaguar_mm.retrieval.ranks import rank_statistics


class IdentityScore(NamedTuple):
    """How well one identity's images are found.

    Attributes:
        mean_ap: Mean average precision of its queries.
        queries: How many queries it has, those without a positive left out.
    """

    mean_ap: float
    queries: int


def average_precisions(
    similarity: Array,
    query_ids: Sequence,
    gallery_ids: Sequence | None = None,
    *,
    ignore: Array | None = None,
    groups: Groups = None,
) -> np.ndarray:
    """Return the average precision of each query (M,), NaN where it has no positive.

    ``AP(q) = 1 / |P| * sum over positives of precision at their rank``.
    """
    return rank_statistics(similarity, query_ids, gallery_ids, ignore, groups).average_precision


def mean_average_precision(
    similarity: Array,
    query_ids: Sequence,
    gallery_ids: Sequence | None = None,
    *,
    ignore: Array | None = None,
    groups: Groups = None,
) -> float:
    """Return the mean of the queries' average precisions."""
    return float(np.nanmean(average_precisions(similarity, query_ids, gallery_ids, ignore=ignore, groups=groups)))


def identity_balanced_map(
    similarity: Array,
    query_ids: Sequence,
    gallery_ids: Sequence | None = None,
    *,
    ignore: Array | None = None,
    groups: Groups = None,
) -> float:
    """Return the mean over identities of the mean average precision of each one's queries.

    The jaguar competition's score: an identity with many images weighs no more than one with few.
    """
    scores = per_identity_map(similarity, query_ids, gallery_ids, ignore=ignore, groups=groups)
    return float(np.mean([score.mean_ap for score in scores.values()]))


def per_identity_map(
    similarity: Array,
    query_ids: Sequence,
    gallery_ids: Sequence | None = None,
    *,
    ignore: Array | None = None,
    groups: Groups = None,
) -> dict[Hashable, IdentityScore]:
    """Return the score of each identity that has an answerable query, in the order in which they come."""
    return by_identity(average_precisions(similarity, query_ids, gallery_ids, ignore=ignore, groups=groups), query_ids)


def by_identity(precisions: np.ndarray, query_ids: Sequence) -> dict[Hashable, IdentityScore]:
    """Average the queries' precisions (M,) for each identity, in the order in which they come; NaN is left out."""
    collected: dict[Hashable, list[float]] = {}
    identities = query_ids.tolist() if hasattr(query_ids, 'tolist') else query_ids
    for identity, precision in zip(identities, precisions.tolist(), strict=True):
        if precision == precision:  # not NaN
            collected.setdefault(identity, []).append(precision)
    return {identity: IdentityScore(float(np.mean(aps)), len(aps)) for identity, aps in collected.items()}


def cmc(
    similarity: Array,
    query_ids: Sequence,
    gallery_ids: Sequence | None = None,
    *,
    ranks: Sequence[int] = (1, 5, 10),
    ignore: Array | None = None,
    groups: Groups = None,
) -> dict[int, float]:
    """Return, for each rank, the share of queries with a positive at that rank or before it."""
    return rank_statistics(similarity, query_ids, gallery_ids, ignore, groups).cmc(ranks)


def mean_inp(
    similarity: Array,
    query_ids: Sequence,
    gallery_ids: Sequence | None = None,
    *,
    ignore: Array | None = None,
    groups: Groups = None,
) -> float:
    """Return the mean inverse negative penalty: positives by the rank of the last one (Ye et al., TPAMI 2022, 4.2)."""
    return float(np.nanmean(rank_statistics(similarity, query_ids, gallery_ids, ignore, groups).inverse_penalty))
