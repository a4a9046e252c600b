"""Jaccard distances of k-reciprocal codes by sums of minima over an inverted index, blended with the original distance.

The weights of a code add up to 1, so the sum of maxima is 2 less the sum of minima (Zhong et al., CVPR 2017, eq. 10).
"""

from __future__ import annotations

import numpy as np

from jaguar_mm.kernels import kernel
from jaguar_mm.retrieval.apart import PairCodes, left_out
from jaguar_mm.retrieval.candidates import insert
from jaguar_mm.retrieval.codes import Codes, distance
from jaguar_mm.retrieval.embeddings import Embeddings, cosine

CLOSE = 0.1  # a row whose largest distance is smaller needs better cosines than single precision has


@kernel()
def inverted(codes: Codes, first: int, last: int) -> Codes:
    """Return for every image which of the rows ``first`` to ``last``, counted from the former on, hold it."""
    rows = len(codes.starts) - 1
    starts = np.zeros(rows + 1, np.int64)
    for entry in range(codes.starts[first], codes.starts[last]):
        starts[codes.indices[entry] + 1] += 1
    starts = np.cumsum(starts)
    indices, weights = np.empty(starts[rows], np.int32), np.empty(starts[rows], codes.weights.dtype)
    ends = starts.copy()
    for i in range(first, last):
        for entry in range(codes.starts[i], codes.starts[i + 1]):
            place = ends[codes.indices[entry]]
            indices[place], weights[place] = i - first, codes.weights[entry]
            ends[codes.indices[entry]] = place + 1
    return Codes(starts, indices, weights)


@kernel()
def blend_matrix(
    matrix: np.ndarray,
    codes: Codes,
    index: Codes,
    lowest: np.ndarray,
    queries: Embeddings,
    gallery: Embeddings,
    share: float,
    own: int,
) -> None:
    """Replace cosines (M, N) by re-ranked distances, in place.

    Args:
        matrix: Cosines of the images of the first M codes with those of the inverted index.
        codes: (U,).
        index: From :func:`inverted`.
        lowest: Smallest cosine of each image (U,).
        queries, gallery: Embeddings.
        share: Of the original distance.
        own: The column of the first row's own image, the next row's is the next one; negative with two sets.
    """
    rows, columns = matrix.shape
    kind = matrix.dtype.type
    one, two, rest = kind(1), kind(2), kind(1 - share)
    shared = np.zeros(columns, matrix.dtype)
    touched = np.empty(columns, np.int32)
    for i in range(rows):
        _sums_of_minima(codes, index, i, shared, touched)
        largest = 2 - 2 * lowest[i]
        line = matrix[i]
        if largest < CLOSE:
            for j in range(columns):
                line[j] = _blend(shared[j], distance(cosine(queries, i, gallery, j), lowest[i]), share)
        else:
            slope = kind(2 * share / largest)
            if own >= 0:
                line[own + i] = one
            for j in range(columns):
                line[j] = rest * (one - shared[j] / (two - shared[j])) + slope * max(kind(0), one - line[j])
        shared[:] = 0


@kernel()
def nearest_by_blend(
    near: np.ndarray,
    cosines: np.ndarray,
    codes: Codes,
    index: Codes,
    lowest: np.ndarray,
    queries: Embeddings,
    gallery: Embeddings,
    first: int,
    share: float,
    k: int,
    apart: PairCodes,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the k smallest re-ranked distances of each query and where they are, (M, k) each.

    The images near by cosine are looked at first. Any other one has at least the distance of the last of them, so
    that of those with a common neighbour few need their cosine, and of those without one none is needed: their Jaccard
    distance is 1, which the k near ones cannot exceed. Where fewer than k are near, these are all there are.

    Args:
        near: Nearest by cosine (M, at least k), itself left out, from 0 on within the gallery; -1 ends a short list.
        cosines: Of those.
        codes, index, lowest, share: See :func:`blend_matrix`.
        queries, gallery: Embeddings.
        first: What to add to a gallery index to get a code's; 0 with one set.
        k: How many.
        apart: Codes of the pairs that are left out.

    Returns:
        Distances, and indices; a list that is shorter ends with inf and -1.
    """
    rows, columns = near.shape[0], len(gallery.rows)
    values, indices = np.full((rows, k), -np.inf), np.full((rows, k), -1)
    shared, touched = np.zeros(columns, codes.weights.dtype), np.empty(columns, np.int32)
    for i in range(rows):
        count = _sums_of_minima(codes, index, i, shared, touched)
        if first == 0:
            shared[i] = 0
        filled, furthest = 0, 0.0
        for slot in range(near.shape[1]):
            j = near[i, slot]
            if j < 0:
                furthest = np.inf
                break
            furthest = distance(cosines[i, slot], lowest[i])
            filled = insert(values[i], indices[i], filled, -_blend(shared[j], furthest, share), j)
            shared[j] = 0
        for t in range(count):
            j = touched[t]
            reachable = shared[j] > 0 and furthest < np.inf and _blend(shared[j], furthest, share) <= -values[i, k - 1]
            if reachable and not left_out(apart, i, j):
                original = distance(cosine(queries, i, gallery, j), lowest[i])
                insert(values[i], indices[i], filled, -_blend(shared[j], original, share), j)
            shared[j] = 0
    return -values, indices


@kernel()
def _blend(shared: float, original: float, share: float) -> float:
    return (1 - share) * (1 - shared / (2 - shared)) + share * original


@kernel()
def _sums_of_minima(codes: Codes, index: Codes, i: int, shared: np.ndarray, touched: np.ndarray) -> int:
    """Add up the smaller weights of the entries that code i shares with each code of the index; count the latter."""
    count = 0
    for entry in range(codes.starts[i], codes.starts[i + 1]):
        image, weight = codes.indices[entry], codes.weights[entry]
        for other in range(index.starts[image], index.starts[image + 1]):
            j = index.indices[other]
            if shared[j] == 0:
                touched[count] = j
                count += 1
            shared[j] += min(weight, index.weights[other])
    return count
