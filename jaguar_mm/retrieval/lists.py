"""The metrics of a ranking of which only the head is known: top-k lists."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jaguar_mm.retrieval.arrays import Array, to_numpy
from jaguar_mm.retrieval.ranks import RankStatistics, checked
from jaguar_mm.retrieval.sets import Groups, Sets, match_sets


def list_statistics(
    indices: Array, query_ids: Sequence, gallery_ids: Sequence | None = None, groups: Groups = None
) -> RankStatistics:
    """Say where the positives are in top-k lists.

    A positive that is not in its list adds nothing to the average precision, makes the inverse penalty 0, and has a
    first rank behind the whole gallery: all scores are lower bounds unless every list holds its whole gallery.

    Args:
        indices: Gallery indices of each query's best matches, best first (M, K); -1 fills up a short list. Pictures
            that are left out (the query itself, its group) may be among them and are skipped.
        query_ids: Identity of each query (M,).
        gallery_ids: Identity of each gallery picture (N,); None: the queries are the gallery.
        groups: Burst or encounter, see :func:`~jaguar_mm.retrieval.sets.match_sets`.

    Returns:
        The statistics, ``truncated`` if a list lacks a picture that is not left out.

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
        raise ValueError(f'the list of query {outside[0]} has an index outside the gallery of {num_gallery} pictures')
    ordered = np.sort(lists, axis=1)
    twice = np.flatnonzero(((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)).any(1))
    if len(twice):
        raise ValueError(f'the list of query {twice[0]} has a gallery picture twice')


def _listed(lists: np.ndarray, sets: Sets) -> tuple[np.ndarray, np.ndarray]:
    """Return which entries (M, K) count, none for an unknown query, and which of them show the query's animal."""
    listed = lists >= 0
    if sets.one_set:
        listed &= lists != np.arange(len(lists))[:, None]
    if sets.query_group is not None:
        listed &= sets.gallery_group[lists] != sets.query_group[:, None]
    listed[sets.query_identity < 0] = False
    return listed, listed & (sets.gallery_identity[lists] == sets.query_identity[:, None])


def _available(sets: Sets) -> tuple[np.ndarray, np.ndarray]:
    """Return for each query how many gallery pictures count and show its animal, (M,) each; 0 if it is unknown."""
    candidates = np.full(len(sets.query_identity), len(sets.gallery_identity))
    positives = _occurrences(sets.query_identity, sets.gallery_identity)
    alone = np.full(len(candidates), sets.one_set)  # left out of its own list, and not as one of its group
    if sets.query_group is not None:
        candidates -= _occurrences(sets.query_group, sets.gallery_group)
        query = np.stack([sets.query_identity, sets.query_group], axis=1)
        gallery = np.stack([sets.gallery_identity, sets.gallery_group], axis=1)
        positives -= _occurrences(query, gallery)
        alone &= sets.query_group < 0
    known = sets.query_identity >= 0
    return (candidates - alone) * known, (positives - alone) * known


def _occurrences(query: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """Return how often each query's code, a number or a row of numbers, occurs in the gallery (M,)."""
    codes, places = np.unique(np.concatenate([query, gallery]), axis=0, return_inverse=True)
    return np.bincount(places[len(query) :], minlength=len(codes))[places[: len(query)]]
