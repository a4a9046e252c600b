"""k-reciprocal re-ranking (Zhong et al., "Re-ranking person re-identification with k-reciprocal encoding", CVPR 2017).

Over the union of queries and gallery, with d the squared Euclidean distance of unit embeddings, each row divided by its
maximum: the k-reciprocal set of a picture holds those of its k1 nearest (besides itself) that have it among theirs
(eq. 3), widened by the round(k1 / 2)-reciprocal set of each member that overlaps by more than two thirds (eq. 4); it is
encoded by the weights exp(-d), normalised to 1 (eq. 7); the codes of the k2 nearest, the picture itself included, are
averaged (eq. 11); the Jaccard distance comes from sums of minima (eq. 10). The result is
``(1 - lambda_value) * jaccard + lambda_value * d`` (eq. 12).

A picture counts as its own nearest; of equally near neighbours those with the lower index (queries before gallery)
count. Which are nearer is decided by cosines in double precision, rounded to 12 digits: see
:mod:`~jaguar_mm.retrieval.embeddings`.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from jaguar_mm.retrieval.arrays import Array, like
from jaguar_mm.retrieval.codes import Codes, encode
from jaguar_mm.retrieval.embeddings import as_tensors, embed
from jaguar_mm.retrieval.jaccard import blend_matrix, inverted, nearest_by_blend
from jaguar_mm.retrieval.knn import nearest, use_int8
from jaguar_mm.retrieval.products import multiply
from jaguar_mm.retrieval.search import Neighbours


def k_reciprocal_rerank(
    query: Array,
    gallery: Array | None = None,
    *,
    k1: int = 20,
    k2: int = 6,
    lambda_value: float = 0.3,
    database: Array | None = None,
) -> Array:
    """Return distances re-ranked by how much the reciprocal neighbourhoods of two pictures agree.

    Args:
        query: Embeddings (M, D), of any length.
        gallery: Embeddings (N, D); None: the queries against themselves.
        k1: Size of the neighbourhoods, at least 1; all other pictures if there are fewer.
        k2: Size of the local expansion, at least 1; 1 leaves the codes alone.
        lambda_value: Share of the original distance, 0 to 1.
        database: Further embeddings (L, D) that take part in the union, such as the training set's where its animals
            are those to be found; they are no rows or columns of the result.

    Returns:
        Distances in [0, 1] (M, N), float64 for float64 input, else float32. Besides them the memory needed is linear.

    Raises:
        ValueError: If a parameter is out of range, or a row has NaN, Inf or only zeros.
    """
    _check(k1, k2, lambda_value)
    rows, others, extra = as_tensors(query, gallery=gallery, database=database)
    union = _union(rows, others, extra)
    matrix = torch.empty(len(rows), len(rows if others is None else others), dtype=rows.dtype)
    in_place = union is rows and rows.device.type == 'cpu'  # one set on the CPU: the search's own products
    found = nearest(union, None, max(k1 + 1, k2) - 1, lowest=True, matrix=matrix if in_place else None)
    if not in_place:
        multiply(rows, others, matrix)
    codes = _encode(union, found, k1, k2)
    index = _index(codes, rows, others)
    sides = embed(rows), embed(rows if others is None else others)
    blend_matrix(matrix.numpy(), codes, index, found.lowest, *sides, lambda_value, others is None)
    return like(matrix, query)


def k_reciprocal_topk(
    query: Array,
    gallery: Array | None = None,
    *,
    k: int = 20,
    k1: int = 20,
    k2: int = 6,
    lambda_value: float = 0.3,
    database: Array | None = None,
    prefilter: str = 'none',
) -> tuple[Array, Array]:
    """Return the k smallest re-ranked distances of each query and where they are, in memory linear in the input.

    The same distances as those of :func:`k_reciprocal_rerank`, without ever a matrix of them.

    Args:
        query: Embeddings (M, D), of any length.
        gallery: Embeddings (N, D); None: the queries among themselves, none in its own list.
        k: How many, at least 1; cut to as many as there are.
        k1: See :func:`k_reciprocal_rerank`, like ``k2``, ``lambda_value`` and ``database``.
        prefilter: See :func:`~jaguar_mm.retrieval.knn.topk_similarity`; the result is the same.

    Returns:
        Distances (M, k), float64 for float64 input, else float32, and indices (M, k), int64: smallest first, of equal
        ones the lower index first.

    Raises:
        ValueError: If a parameter is out of range, or a row has NaN, Inf or only zeros.
    """
    _check(k1, k2, lambda_value)
    if k < 1:
        raise ValueError(f'k must be at least 1, got {k}')
    fast = use_int8(prefilter)
    rows, others, extra = as_tensors(query, gallery=gallery, database=database)
    union = _union(rows, others, extra)
    reach = max(k1 + 1, k2) - 1  # neighbours besides the picture itself that the codes need
    if union is rows:
        near = found = nearest(rows, None, max(reach, k), lowest=True, fast=fast)
    else:
        found = nearest(union, None, reach, lowest=True, fast=fast)
        near = nearest(rows, others, k, fast=fast)
    codes = _encode(union, found, k1, k2)
    first = 0 if others is None else len(rows)
    sides = embed(rows), embed(rows if others is None else others)
    lists = near.indices, near.values, codes, _index(codes, rows, others), found.lowest
    values, indices = nearest_by_blend(*lists, *sides, first, lambda_value, min(k, near.indices.shape[1]))
    return like(torch.from_numpy(values).to(rows.dtype), query), like(indices, query)


def _check(k1: int, k2: int, lambda_value: float) -> None:
    if k1 < 1 or k2 < 1 or not 0 <= lambda_value <= 1:
        raise ValueError(f'need k1 >= 1, k2 >= 1 and 0 <= lambda_value <= 1, got {k1}, {k2}, {lambda_value}')


def _union(rows: Tensor, others: Tensor | None, extra: Tensor | None) -> Tensor:
    """Return all sets one after another (U, D); the rows themselves if there are no others."""
    sets = [part for part in (rows, others, extra) if part is not None]
    return rows if len(sets) == 1 else torch.cat(sets)


def _index(codes: Codes, rows: Tensor, others: Tensor | None) -> Codes:
    """Return the inverted index of the codes that are searched."""
    if others is None:
        return inverted(codes, 0, len(rows))
    return inverted(codes, len(rows), len(rows) + len(others))


def _encode(union: Tensor, found: Neighbours, k1: int, k2: int) -> Codes:
    """Return the codes of all pictures, given the neighbours besides themselves."""
    rows = len(union)
    neighbours = np.hstack([np.arange(rows)[:, None], found.indices]).astype(np.int32)
    cosines = np.hstack([np.ones((rows, 1)), found.values])
    return encode(neighbours, cosines, found.lowest, embed(union), k1, k2)
