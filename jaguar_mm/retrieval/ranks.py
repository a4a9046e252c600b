"""Where each query's positives stand in its ranking, found by counting instead of sorting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from jaguar_mm.retrieval.arrays import Array, to_numpy


class RankStatistics(NamedTuple):
    """What the retrieval metrics need to know of each query; NaN (or 0) where a query has no positive.

    Attributes:
        average_precision: (M,).
        inverse_penalty: Number of positives by the rank of the last one (M,).
        first_rank: Rank of the first positive, from 1 on; 0 if there is none (M,).
    """

    average_precision: np.ndarray
    inverse_penalty: np.ndarray
    first_rank: np.ndarray

    @property
    def answerable(self) -> np.ndarray:
        """Which queries have a positive, boolean (M,)."""
        return self.first_rank > 0


def rank_statistics(
    similarity: Array, query_ids: Sequence, gallery_ids: Sequence | None = None, ignore: Array | None = None
) -> RankStatistics:
    """Rank the gallery of every query and say where its positives are.

    Args:
        similarity: (M, N), larger is more alike; ties go by gallery index, the lower one first.
        query_ids: Identity of each query (M,): strings, numbers, a tensor.
        gallery_ids: Identity of each gallery picture (N,); None: the queries are the gallery, and each query is left
            out of its own ranking.
        ignore: Pairs left out of the ranking, boolean (M, N).

    Raises:
        ValueError: If shapes do not match, a similarity is NaN (its row is named), or no query has a positive.
    """
    values = as_similarity(similarity)
    queries, gallery, left_out = matched(values.shape, query_ids, gallery_ids, ignore)
    statistics = RankStatistics(*_rank_positives(values, queries, gallery, left_out))
    if not statistics.answerable.any():
        raise ValueError('no query has a positive in its gallery: every identity occurs once, or all pairs are ignored')
    return statistics


def as_similarity(similarity: Array) -> np.ndarray:
    """Return similarities as an array (M, N) of single or double precision, without NaN."""
    values = to_numpy(similarity)
    if values.ndim != 2 or values.size == 0:
        raise ValueError(f'similarity must be a matrix (M, N) with at least one entry, got {values.shape}')
    values = values.astype(np.promote_types(values.dtype, np.float32), copy=False)
    rows = np.flatnonzero(np.isnan(values).any(1))
    if len(rows):
        raise ValueError(f'similarity has NaN in {len(rows)} row(s): {", ".join(map(str, rows[:10]))}')
    return values


def matched(
    shape: tuple[int, int], query_ids: Sequence, gallery_ids: Sequence | None, ignore: Array | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return query codes (M,), gallery codes (N,) and left-out pairs (M, N) that fit a similarity of ``shape``."""
    codes: dict = {}
    query_codes = _encode(query_ids, codes)
    gallery_codes = query_codes if gallery_ids is None else _encode(gallery_ids, codes)
    if shape != (len(query_codes), len(gallery_codes)):
        raise ValueError(
            f'similarity is {shape}, but there are {len(query_codes)} query and {len(gallery_codes)} gallery identities'
        )
    left_out = np.zeros(shape, bool) if ignore is None else to_numpy(ignore).astype(bool)  # a copy
    if left_out.shape != shape:
        raise ValueError(f'ignore must be {shape} like the similarity, got {left_out.shape}')
    if gallery_ids is None:
        np.fill_diagonal(left_out, True)
    return query_codes, gallery_codes, left_out


def _encode(ids: Sequence, codes: dict) -> np.ndarray:
    """Number identities in the order in which they come, going on from ``codes``."""
    listed = ids.tolist() if hasattr(ids, 'tolist') else list(ids)
    return np.array([codes.setdefault(identity, len(codes)) for identity in listed], dtype=np.int64)


@njit(cache=True, nogil=True)
def _rank_positives(
    similarity: np.ndarray, queries: np.ndarray, gallery: np.ndarray, left_out: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    num_queries, num_gallery = similarity.shape
    average_precision = np.full(num_queries, np.nan)
    inverse_penalty = np.full(num_queries, np.nan)
    first_rank = np.zeros(num_queries, np.int64)
    for q in range(num_queries):
        row = similarity[q]
        positives = np.flatnonzero((gallery == queries[q]) & ~left_out[q])
        count = len(positives)
        if count == 0:
            continue
        positives = positives[np.argsort(-row[positives], kind='mergesort')]  # best first, ties by index
        ahead = np.zeros(count + 1, np.int64)  # ahead[i]: gallery pictures that come before positive i, not before i-1
        for g in range(num_gallery):
            if left_out[q, g]:
                continue
            low, high = 0, count
            while low < high:  # the first positive that picture g comes before
                middle = (low + high) // 2
                other = positives[middle]
                if row[g] > row[other] or (row[g] == row[other] and g < other):
                    high = middle
                else:
                    low = middle + 1
            ahead[low] += 1
        rank, total = 1, 0.0
        for i in range(count):
            rank += ahead[i]
            total += (i + 1) / rank
            if i == 0:
                first_rank[q] = rank
        average_precision[q] = total / count
        inverse_penalty[q] = count / rank
    return average_precision, inverse_penalty, first_rank
