"""k-reciprocal codes: each image as a few weighted images (Zhong et al., CVPR 2017, sections 3.2 to 3.4)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from jaguar_mm.kernels import kernel
from jaguar_mm.retrieval.embeddings import Embeddings, cosine


class Codes(NamedTuple):
    """Sparse rows: the entries of row i are ``starts[i]`` to ``starts[i + 1]``.

    Attributes:
        starts: (N + 1,), int64.
        indices: The images of all rows one after another (E,), int32.
        weights: Their weights (E,), of the embeddings' precision; those of a row add up to 1.
    """

    starts: np.ndarray
    indices: np.ndarray
    weights: np.ndarray


def encode(
    neighbours: np.ndarray, cosines: np.ndarray, lowest: np.ndarray, embeddings: Embeddings, k1: int, k2: int
) -> Codes:
    """Encode every image by its reciprocal neighbours.

    Args:
        neighbours: Itself and its nearest (N, K), K at least ``max(k1 + 1, k2)`` or N.
        cosines: Of the neighbours (N, K).
        lowest: Smallest cosine of each image (N,).
        embeddings: (N, D), for the few pairs that are not neighbours.
        k1: Size of the neighbourhoods.
        k2: Size of the local expansion.
    """
    half = int(np.around(k1 / 2))
    mutual = _mutual(neighbours[:, : k1 + 1])
    narrow = _mutual(neighbours[:, : half + 1])
    codes = _reciprocal_codes(neighbours, cosines, mutual, narrow, lowest, embeddings)
    return codes if min(k2, len(neighbours)) == 1 else _local_means(codes, neighbours[:, :k2])


@kernel()
def distance(cosine_value: float, lowest: float) -> float:
    """Return the squared distance of unit embeddings by the largest one of the row; 0 if all are alike."""
    largest = 2 - 2 * lowest
    return max(0.0, 2 - 2 * cosine_value) / largest if largest > 0 else 0.0


@kernel()
def _mutual(neighbours: np.ndarray) -> np.ndarray:
    """Say which neighbours (N, K) have the image in their own list too (eq. 3)."""
    rows, k = neighbours.shape
    mutual = np.zeros((rows, k), np.bool_)
    for i in range(rows):
        for slot in range(k):
            other = neighbours[i, slot]
            for back in range(k):
                mutual[i, slot] |= neighbours[other, back] == i
    return mutual


@kernel()
def _reciprocal_codes(
    neighbours: np.ndarray,
    cosines: np.ndarray,
    mutual: np.ndarray,
    narrow: np.ndarray,
    lowest: np.ndarray,
    embeddings: Embeddings,
) -> Codes:
    """Weigh every widened reciprocal set by exp(-distance), normalised to 1 (eq. 4 and 7)."""
    rows, listed = neighbours.shape
    starts = np.zeros(rows + 1, np.int64)
    indices = np.empty(rows * listed, np.int32)
    weights = np.empty(rows * listed, embeddings.rows.dtype)
    room = mutual.shape[1] * (1 + narrow.shape[1])  # of the largest set there could be
    members, exact = np.empty(room, np.int64), np.empty(room)
    stamps = np.full(rows, -1)
    places = np.full((2, rows), -1)  # which image last had this one in its list, and where
    for i in range(rows):
        for slot in range(listed):
            places[0, neighbours[i, slot]], places[1, neighbours[i, slot]] = i, slot
        count = _widened_set(i, neighbours, mutual, narrow, stamps, members)
        total = 0.0
        for m in range(count):
            j = members[m]
            value = cosines[i, places[1, j]] if places[0, j] == i else cosine(embeddings, i, embeddings, j)
            exact[m] = np.exp(-distance(value, lowest[i]))
            total += exact[m]
        begin = starts[i]
        starts[i + 1] = begin + count
        indices, weights = _grown(indices, starts[i + 1]), _grown(weights, starts[i + 1])
        for m in range(count):
            indices[begin + m], weights[begin + m] = members[m], exact[m] / total
    return Codes(starts, indices[: starts[rows]].copy(), weights[: starts[rows]].copy())


@kernel()
def _widened_set(
    i: int, neighbours: np.ndarray, mutual: np.ndarray, narrow: np.ndarray, stamps: np.ndarray, members: np.ndarray
) -> int:
    """Write the widened reciprocal set of image i to ``members`` and return its size.

    Stamps are 2 i for members of the reciprocal set and 2 i + 1 for those that come through another one's narrow set.
    """
    count = 0
    for slot in range(mutual.shape[1]):
        if mutual[i, slot]:
            members[count], stamps[neighbours[i, slot]] = neighbours[i, slot], 2 * i
            count += 1
    for m in range(count):
        j = members[m]
        size, shared = 0, 0
        for slot in range(narrow.shape[1]):
            size += narrow[j, slot]
            shared += narrow[j, slot] and stamps[neighbours[j, slot]] == 2 * i
        if 3 * shared <= 2 * size:
            continue
        for slot in range(narrow.shape[1]):
            other = neighbours[j, slot]
            if narrow[j, slot] and stamps[other] // 2 != i:
                members[count], stamps[other] = other, 2 * i + 1
                count += 1
    return count


@kernel()
def _local_means(codes: Codes, neighbours: np.ndarray) -> Codes:
    """Replace each code by the mean code of the image's first neighbours (N, k2), itself included (eq. 11)."""
    rows, k2 = neighbours.shape
    starts = np.zeros(rows + 1, np.int64)
    indices, weights = np.empty(3 * len(codes.indices), np.int32), np.empty(3 * len(codes.indices), codes.weights.dtype)
    sums, touched = np.zeros(rows), np.empty(rows, np.int32)
    for i in range(rows):
        count = 0
        for neighbour in neighbours[i]:
            for entry in range(codes.starts[neighbour], codes.starts[neighbour + 1]):
                j = codes.indices[entry]
                if sums[j] == 0:
                    touched[count] = j
                    count += 1
                sums[j] += codes.weights[entry]
        begin = starts[i]
        starts[i + 1] = begin + count
        indices, weights = _grown(indices, starts[i + 1]), _grown(weights, starts[i + 1])
        for t in range(count):
            j = touched[t]
            indices[begin + t], weights[begin + t] = j, sums[j] / k2
            sums[j] = 0
    return Codes(starts, indices[: starts[rows]].copy(), weights[: starts[rows]].copy())


@kernel()
def _grown(array: np.ndarray, size: int) -> np.ndarray:
    """Return the array, or one with more room and the same entries."""
    if size <= len(array):
        return array
    larger = np.empty(size + size // 2, array.dtype)
    larger[: len(array)] = array
    return larger
