"""The metrics of a ranking of which only the head is known: top-k lists."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from jaguar_mm.retrieval.apart import Groups
from jaguar_mm.retrieval.arrays import Array, to_numpy
from jaguar_mm.retrieval.ranks import RankStatistics, checked
from jaguar_mm.retrieval.sets import Sets, match_sets


def list_statistics(
    indices: Array, query_ids: Sequence, gallery_ids: Sequence | None = None, groups: Groups = None
) -> RankStatistics:
    """Say where the positives are in top-k lists.

    A positive that is not in its list adds nothing to the average precision, makes the inverse penalty 0, and has a
    first rank behind the whole gallery: all scores are lower bounds unless every list holds its whole gallery.

    Args:
        indices: Gallery indices of each query's best matches, best first (M, K); -1 fills up a short list. Images
            that are left out (the query itself, its group) may be among them and are skipped.
        query_ids: Identity of each query (M,).
        gallery_ids: Identity of each gallery image (N,); None: the queries are the gallery.
        groups: Burst or encounter, see :func:`~jaguar_mm.retrieval.sets.match_sets`.

    Returns:
        The statistics, ``truncated`` if a list lacks an image that is not left out.

    Raises:
        ValueError: If shapes do not match, an index is not in the gallery or comes twice in its list, or no query has
            a positive.
    """
    lists = to_numpy(indices)
    num_gallery = len(query_ids if gallery_ids is None else gallery_ids)
    _check(lists, num_gallery)
    sets = match_sets((len(lists), num_gallery), query_ids, gallery_ids, groups=groups)
    listed, positive = _listed(lists, sets)
    candidates, positives = _available(sets)
    rank, found = listed.cumsum(1), positive.cumsum(1)
    total = np.where(positive, found / np.maximum(rank, 1), 0).sum(1)
    first = np.where(positive.any(1), np.where(positive, rank, num_gallery).min(1), num_gallery + 1)
    last = np.where(positive, rank, 0).max(1)
    penalty = np.where(found[:, -1] == positives, positives / np.maximum(last, 1), 0)
    return checked(
        RankStatistics(
            average_precision=np.where(positives > 0, total / np.maximum(positives, 1), np.nan),
            inverse_penalty=np.where(positives > 0, penalty, np.nan),
            first_rank=np.where(positives > 0, first, 0),
            truncated=bool((rank[:, -1] < candidates).any()),
        )
    )


def _check(lists: np.ndarray, num_gallery: int) -> None:
    if lists.ndim != 2 or lists.size == 0:
        raise ValueError(f'top-k lists must be a matrix (M, K) with at least one entry, got {lists.shape}')
    outside = np.flatnonzero(((lists < -1) | (lists >= num_gallery)).any(1))
    if len(outside):
        raise ValueError(f'the list of query {outside[0]} has an index outside the gallery of {num_gallery} images')
    ordered = np.sort(lists, axis=1)
    twice = np.flatnonzero(((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)).any(1))
    if len(twice):
        raise ValueError(f'the list of query {twice[0]} has a gallery image twice')


def _listed(lists: np.ndarray, sets: Sets) -> tuple[np.ndarray, np.ndarray]:
    """Return which entries (M, K) count, none for an unknown query, and which of them show the query's animal."""
    listed = lists >= 0
    if sets.one_set:
        listed &= lists != np.arange(len(lists))[:, None]
    for query, gallery in zip(sets.apart.different_query.T, sets.apart.different_gallery.T, strict=True):
        listed &= gallery[lists] != query[:, None]
    for query, gallery in zip(sets.apart.same_query.T, sets.apart.same_gallery.T, strict=True):
        listed &= gallery[lists] == query[:, None]
    listed[sets.query_identity < 0] = False
    return listed, listed & (sets.gallery_identity[lists] == sets.query_identity[:, None])


def _available(sets: Sets) -> tuple[np.ndarray, np.ndarray]:
    """Return for each query how many gallery images count and show its animal, (M,) each; 0 if it is unknown.

    Those that differ from it in every column are counted by inclusion and exclusion over the columns.
    """
    apart, identities = sets.apart, (sets.query_identity[:, None], sets.gallery_identity[:, None])
    columns = apart.different_query.shape[1]
    counts = []
    for query, gallery in (
        (apart.same_query, apart.same_gallery),
        (np.hstack([apart.same_query, identities[0]]), np.hstack([apart.same_gallery, identities[1]])),
    ):
        count = np.zeros(len(query), np.int64)
        for size in range(columns + 1):
            for chosen in map(list, combinations(range(columns), size)):
                agreeing = _occurrences(
                    np.hstack([query, apart.different_query[:, chosen]]),
                    np.hstack([gallery, apart.different_gallery[:, chosen]]),
                )
                count += (-1) ** size * agreeing
        if sets.one_set:  # left out of its own list, unless its group leaves it out already
            count -= (query == gallery).all(1) & (apart.different_query != apart.different_gallery).all(1)
        counts.append(count * (sets.query_identity >= 0))
    return counts[0], counts[1]


def _occurrences(query: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """Return how often each query's row of codes (M, C) occurs in the gallery (M,)."""
    if not query.shape[1]:
        return np.full(len(query), len(gallery))
    codes, places = np.unique(np.concatenate([query, gallery]), axis=0, return_inverse=True)
    return np.bincount(places[len(query) :], minlength=len(codes))[places[: len(query)]]
