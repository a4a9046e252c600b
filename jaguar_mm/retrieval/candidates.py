"""Lists of the pairs that may still be among the nearest, by fast products.

A product is known up to an error, so that every pair has an upper and a lower bound. ``bound[i]`` is what the k-th best
of row i is at least; a pair whose upper bound is below it can be forgotten. Full lists are thinned by the bounds and,
where that does not help, by the exact cosines: they never overflow, and what they keep holds the exact answer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from jaguar_mm.kernels import kernel
from jaguar_mm.retrieval.embeddings import Embeddings, cosine


class Side(NamedTuple):
    """One side of a product: exact embeddings, and scale and error (N,) of the fast ones."""

    embeddings: Embeddings
    scale: np.ndarray
    error: np.ndarray


class Candidates(NamedTuple):
    """Candidate lists of N rows with room for C entries each.

    Attributes:
        indices: (N, C).
        values: Fast cosines (N, C).
        used: Entries in use (N,).
        bound: (N,), see above.
        rescored: How many pairs full lists had to compute exactly (1,).
    """

    indices: np.ndarray
    values: np.ndarray
    used: np.ndarray
    bound: np.ndarray
    rescored: np.ndarray


def empty_candidates(rows: int, k: int, spare: int, dtype: np.dtype) -> Candidates:
    """Return lists that wait for the k best of each row, with room for ``spare`` more; with k = 0 they take nothing."""
    room = k + spare if k else 0
    return Candidates(
        np.empty((rows, room), np.int32),
        np.empty((rows, room), dtype),
        np.zeros(rows, np.int32),
        np.full(rows, -np.inf if k else np.inf, dtype),
        np.zeros(1, np.int64),
    )


@kernel()
def nearest_candidates(
    candidates: Candidates, own: Side, other: Side, k: int, sign: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact k best of every list, best first, ties by index: values (N, k) in double precision, indices.

    A list that is shorter ends with -inf and the index -1.
    """
    rows = len(candidates.used)
    values, indices = np.full((rows, k), -np.inf), np.full((rows, k), -1)
    for i in range(rows):
        _thin_by_bounds(candidates, own, other, i, k)
        _select(candidates, own, other, i, k, sign, values[i], indices[i])
    return values, indices


@kernel()
def append(
    indices: np.ndarray,
    values: np.ndarray,
    count: np.ndarray,  # called `used`, it made scan_tile take 2.7 times as long
    bound: np.ndarray,
    i: int,
    j: int,
    value: float,
    slack: float,
) -> bool:
    """Append a pair unless the row's bound has risen above it; False if the list is full."""
    if value + slack < bound[i]:
        return True
    slot = count[i]
    if slot == indices.shape[1]:
        return False
    indices[i, slot], values[i, slot], count[i] = j, value, slot + 1
    return True


@kernel()
def make_room(candidates: Candidates, own: Side, other: Side, i: int, j: int, value: float, k: int, sign: int) -> None:
    """Thin the row's full list, then append the pair."""
    room = candidates.indices.shape[1]
    _thin_by_bounds(candidates, own, other, i, k)
    if candidates.used[i] > k + (room - k) // 2:
        _thin_exactly(candidates, own, other, i, k, sign)
    append(*candidates[:4], i, j, value, own.error[i] + other.error[j])


@kernel()
def _thin_by_bounds(candidates: Candidates, own: Side, other: Side, i: int, k: int) -> None:
    """Raise the row's bound to the k-th best of the lower bounds and drop whatever cannot reach it."""
    count, indices, values = candidates.used[i], candidates.indices[i], candidates.values[i]
    if count <= k:
        return
    lower = np.empty(count, values.dtype)
    for slot in range(count):
        lower[slot] = values[slot] - (own.error[i] + other.error[indices[slot]])
    bound = max(candidates.bound[i], np.partition(lower, count - k)[count - k])
    candidates.bound[i] = bound
    kept = 0
    for slot in range(count):
        if values[slot] + (own.error[i] + other.error[indices[slot]]) >= bound:
            indices[kept], values[kept] = indices[slot], values[slot]
            kept += 1
    candidates.used[i] = kept


@kernel()
def _thin_exactly(candidates: Candidates, own: Side, other: Side, i: int, k: int, sign: int) -> None:
    """Keep the exact k best of the row and raise its bound to the last of them."""
    values, indices = np.empty(k), np.empty(k, np.int64)
    candidates.rescored[0] += _select(candidates, own, other, i, k, sign, values, indices)
    for slot in range(k):
        candidates.indices[i, slot] = indices[slot]
        candidates.values[i, slot] = values[slot]
    candidates.used[i] = k
    candidates.bound[i] = max(candidates.bound[i], values[k - 1] - 0.5 * own.error[i])  # room for its rounding


@kernel()
def _select(
    candidates: Candidates, own: Side, other: Side, i: int, k: int, sign: int, best: np.ndarray, places: np.ndarray
) -> int:
    """Write the row's k best candidates by exact cosine, times ``sign``, to best (k,) and places (k,); count cosines.

    Those that the fast product puts first come first: of the others most can no longer enter.
    """
    count, indices, values = candidates.used[i], candidates.indices[i], candidates.values[i]
    promising = np.partition(values[:count], count - k)[count - k] if 0 < k < count else -np.inf
    filled, computed = 0, 0
    for turn in range(2 if k < count else 1):
        for slot in range(count):
            j = indices[slot]
            if (values[slot] >= promising) != (turn == 0):
                continue
            if filled == k and values[slot] + (own.error[i] + other.error[j]) < best[k - 1]:
                continue
            filled = insert(best, places, filled, sign * cosine(own.embeddings, i, other.embeddings, j), j)
            computed += 1
    return computed


@kernel()
def insert(values: np.ndarray, indices: np.ndarray, filled: int, value: float, index: int) -> int:
    """Insert an entry into a list that falls by value and rises by index, and return how many are filled."""
    place = filled
    while place > 0 and (value > values[place - 1] or (value == values[place - 1] and index < indices[place - 1])):
        place -= 1
    last = min(filled, len(values) - 1)
    if place <= last:
        for slot in range(last, place, -1):
            values[slot], indices[slot] = values[slot - 1], indices[slot - 1]
        values[place], indices[place] = value, index
    return min(filled + 1, len(values))
