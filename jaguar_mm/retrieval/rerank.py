"""k-reciprocal re-ranking (Zhong et al., "Re-ranking person re-identification with k-reciprocal encoding", CVPR 2017).

Every set of neighbours is a row of a sparse 0/1 matrix, so that the paper's set operations are matrix products.
"""

from __future__ import annotations

import numpy as np
import torch
from numba import njit
from scipy.sparse import csr_array

from jaguar_mm.retrieval.arrays import Array, like, to_numpy
from jaguar_mm.retrieval.similarity import unit_pair

TIE_DIGITS = 12  # cosines are rounded to so many digits: copies of a picture tie, however a product was summed


def k_reciprocal_rerank(
    query: Array, gallery: Array | None = None, *, k1: int = 20, k2: int = 6, lambda_value: float = 0.3
) -> Array:
    """Return distances re-ranked by how much the reciprocal neighbourhoods of two pictures agree.

    Over the union of queries and gallery, with d the squared Euclidean distance of unit embeddings, each row divided by
    its maximum: the k-reciprocal set of a picture holds those of its k1 nearest (besides itself) that have it among
    theirs (eq. 3), widened by the round(k1 / 2)-reciprocal set of each member that overlaps by more than two thirds
    (eq. 4); it is encoded by the weights exp(-d), normalised to 1 (eq. 7); the codes of the k2 nearest, the picture
    itself included, are averaged (eq. 11); the Jaccard distance comes from sums of minima (eq. 10). The result is
    ``(1 - lambda_value) * jaccard + lambda_value * d`` (eq. 12).

    Args:
        query: Embeddings (M, D), of any length.
        gallery: Embeddings (N, D); None: the queries against themselves.
        k1: Size of the neighbourhoods, at least 1; all other pictures if there are fewer.
        k2: Size of the local expansion, at least 1; 1 leaves the codes alone.
        lambda_value: Share of the original distance, 0 to 1.

    Returns:
        Distances in [0, 1] (M, N), float64 for float64 input, else float32. A picture counts as its own nearest; of
        equally near neighbours those with the lower index (queries before gallery) count.

    Raises:
        ValueError: If a parameter is out of range, or a row has NaN, Inf or only zeros.
    """
    if k1 < 1 or k2 < 1 or not 0 <= lambda_value <= 1:
        raise ValueError(f'need k1 >= 1, k2 >= 1 and 0 <= lambda_value <= 1, got {k1}, {k2}, {lambda_value}')
    unit_query, unit_gallery = unit_pair(query, gallery)
    union = unit_query if gallery is None else torch.cat([unit_query, unit_gallery])
    distance = _normalised_distance(to_numpy(union).astype(np.float64))  # (U, U)
    codes = _encode(distance, k1, k2)
    columns = slice(None) if gallery is None else slice(len(unit_query), None)
    rows = slice(len(unit_query))
    jaccard = _jaccard_distance(codes[rows], codes[columns])
    final = (1 - lambda_value) * jaccard + lambda_value * distance[rows, columns]
    return like(final.astype(to_numpy(unit_query[:0]).dtype), query)


def _normalised_distance(unit: np.ndarray) -> np.ndarray:
    """Return squared distances (U, U) of unit embeddings (U, D), each row divided by its maximum."""
    distance = np.maximum(0, 2 - 2 * np.round(unit @ unit.T, TIE_DIGITS))
    np.fill_diagonal(distance, 0)
    largest = distance.max(1, keepdims=True)
    return np.divide(distance, largest, out=distance, where=largest > 0)  # all alike: all distances are 0


def _encode(distance: np.ndarray, k1: int, k2: int) -> csr_array:
    """Return the code of every picture: sparse weights over all pictures (U, U)."""
    neighbours = _nearest(distance, max(k1 + 1, k2))
    reciprocal = _reciprocal(neighbours[:, : k1 + 1])
    narrow = _reciprocal(neighbours[:, : int(np.around(k1 / 2)) + 1])
    support = _expand(reciprocal, narrow).tocoo()
    weights = np.exp(-distance[support.row, support.col])
    codes = csr_array((weights, (support.row, support.col)), shape=distance.shape)
    codes = codes.multiply(1 / codes.sum(1)[:, None]).tocsr()
    nearest = _sets(neighbours[:, :k2])
    return nearest.multiply(1 / nearest.sum(1)[:, None]).tocsr() @ codes


def _nearest(distance: np.ndarray, k: int) -> np.ndarray:
    """Return the indices (U, k) of each row's k smallest distances, itself first, ties by index."""
    ranked = distance.copy()
    np.fill_diagonal(ranked, -1)
    return ranked.argsort(axis=1, kind='stable')[:, :k]


def _sets(neighbours: np.ndarray) -> csr_array:
    """Return neighbour lists (U, k) as the rows of a 0/1 matrix (U, U)."""
    count, k = neighbours.shape
    return csr_array((np.ones(count * k), (np.repeat(np.arange(count), k), neighbours.ravel())), shape=(count, count))


def _reciprocal(neighbours: np.ndarray) -> csr_array:
    """Keep of each neighbour list (U, k) the neighbours whose own list has the picture too."""
    sets = _sets(neighbours)
    return sets.multiply(sets.T).tocsr()


def _expand(reciprocal: csr_array, narrow: csr_array) -> csr_array:
    """Add to each set (U, U) the narrow sets of those members that overlap with it by more than two thirds."""
    overlap = (reciprocal @ narrow.T).multiply(reciprocal).tocoo()  # (picture, member): shared pictures
    enough = overlap.data > 2 / 3 * narrow.sum(1)[overlap.col]
    members = csr_array((np.ones(enough.sum()), (overlap.row[enough], overlap.col[enough])), shape=overlap.shape)
    return reciprocal + members @ narrow


def _jaccard_distance(rows: csr_array, columns: csr_array) -> np.ndarray:
    """Return the Jaccard distance (M, N) of codes (M, U) and (N, U)."""
    inverted = columns.T.tocsr()  # picture of the union -> the columns whose code holds it
    shared = _min_sums(
        rows.indptr, rows.indices, rows.data, inverted.indptr, inverted.indices, inverted.data, len(columns.indptr) - 1
    )
    return 1 - shared / (2 - shared)


@njit(cache=True, nogil=True)
def _min_sums(
    row_starts: np.ndarray,
    row_indices: np.ndarray,
    row_weights: np.ndarray,
    inverted_starts: np.ndarray,
    inverted_indices: np.ndarray,
    inverted_weights: np.ndarray,
    num_columns: int,
) -> np.ndarray:
    """Sum the smaller weight of every code entry that a row and a column share; (M, N)."""
    num_rows = len(row_starts) - 1
    sums = np.zeros((num_rows, num_columns))
    for i in range(num_rows):
        for entry in range(row_starts[i], row_starts[i + 1]):
            picture, weight = row_indices[entry], row_weights[entry]
            for other in range(inverted_starts[picture], inverted_starts[picture + 1]):
                sums[i, inverted_indices[other]] += min(weight, inverted_weights[other])
    return sums
