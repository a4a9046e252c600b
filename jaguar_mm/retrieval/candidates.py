"""Lists of the pairs that may still be among the nearest, filled from tiles of fast products.

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
        count: Entries in use (N,).
        bound: (N,), see above.
        rescored: How many pairs full lists had to compute exactly (1,).
    """

    indices: np.ndarray
    values: np.ndarray
    count: np.ndarray
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
def scan_tile(tile, top, left, i0, i1, j0, j1, rows, columns, k, best, best_back, worst, worst_back, mirrored, one_set):
    """Offer a tile's pairs to the lists of its rows, and if ``mirrored`` to those of its columns.

    Args:
        tile: Products; pair (i, j) stands at (top + i - i0, left + j - j0).
        rows, columns: The two sides.
        k: Length of the lists of the best; those of the worst are of length 1.
        best, worst: Lists of the rows.
        best_back, worst_back: Lists of the columns.
        one_set: Row i and column i are the same picture, no pair.
    """
    width = j1 - j0
    flags = np.zeros((width + 7) // 8 * 8, np.uint8)
    words = flags.view(np.uint64)
    scales, errors = columns.scale[j0:j1], columns.error[j0:j1]
    for i in range(i0, i1):
        line = tile[top + i - i0, left : left + width]
        _flag_line(line, i, j0, rows, columns, best, best_back, worst, worst_back, mirrored, flags)
        if one_set and j0 <= i < j1:
            flags[i - j0] = 0
        for word in range(len(words)):
            if words[word] == 0:
                continue
            for c in range(8 * word, 8 * word + 8):
                flag = flags[c]
                if flag == 0:
                    continue
                value, slack = line[c] * (rows.scale[i] * scales[c]), rows.error[i] + errors[c]
                if flag & 1 and not _append(*best[:4], i, j0 + c, value, slack):
                    _make_room(best, rows, columns, i, j0 + c, value, k, 1)
                if flag & 2 and not _append(*worst[:4], i, j0 + c, -value, slack):
                    _make_room(worst, rows, columns, i, j0 + c, -value, 1, -1)
                if flag & 4 and not _append(*best_back[:4], j0 + c, i, value, slack):
                    _make_room(best_back, columns, rows, j0 + c, i, value, k, 1)
                if flag & 8 and not _append(*worst_back[:4], j0 + c, i, -value, slack):
                    _make_room(worst_back, columns, rows, j0 + c, i, -value, 1, -1)


@kernel()
def _flag_line(line, i, j0, rows, columns, best, best_back, worst, worst_back, mirrored, flags):
    """Say which of a line's pairs reach the bounds of which lists; no branch, so that it runs in vector registers."""
    scale, error, best_bound, worst_bound = rows.scale[i], rows.error[i], best.bound[i], worst.bound[i]
    scales, errors = columns.scale[j0:], columns.error[j0:]
    best_bounds, worst_bounds = best_back.bound[j0:], worst_back.bound[j0:]
    for c in range(len(line)):
        value, slack = line[c] * (scale * scales[c]), error + errors[c]
        flags[c] = np.uint8(value + slack >= best_bound) | np.uint8(slack - value >= worst_bound) << 1
    if mirrored:
        for c in range(len(line)):
            value, slack = line[c] * (scale * scales[c]), error + errors[c]
            flags[c] |= np.uint8(value + slack >= best_bounds[c]) << 2 | np.uint8(slack - value >= worst_bounds[c]) << 3


@kernel()
def nearest_candidates(candidates, own, other, k, sign):
    """Return the exact k best of every list, best first, ties by index: values (N, k) in double precision, indices."""
    rows = len(candidates.count)
    values, indices = np.full((rows, k), -1.0), np.empty((rows, k), np.int64)
    for i in range(rows):
        _thin_by_bounds(candidates, own, other, i, k)
        _select(candidates, own, other, i, k, sign, values[i], indices[i])
    return values, indices


@kernel()
def _append(indices, values, count, bound, i, j, value, slack):
    """Append a pair unless the row's bound has risen above it; False if the list is full."""
    if value + slack < bound[i]:
        return True
    slot = count[i]
    if slot == indices.shape[1]:
        return False
    indices[i, slot], values[i, slot], count[i] = j, value, slot + 1
    return True


@kernel()
def _make_room(candidates, own, other, i, j, value, k, sign):
    """Thin the row's full list, then append the pair."""
    room = candidates.indices.shape[1]
    _thin_by_bounds(candidates, own, other, i, k)
    if candidates.count[i] > k + (room - k) // 2:
        _thin_exactly(candidates, own, other, i, k, sign)
    _append(*candidates[:4], i, j, value, own.error[i] + other.error[j])


@kernel()
def _thin_by_bounds(candidates, own, other, i, k):
    """Raise the row's bound to the k-th best of the lower bounds and drop whatever cannot reach it."""
    count, indices, values = candidates.count[i], candidates.indices[i], candidates.values[i]
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
    candidates.count[i] = kept


@kernel()
def _thin_exactly(candidates, own, other, i, k, sign):
    """Keep the exact k best of the row and raise its bound to the last of them."""
    values, indices = np.empty(k), np.empty(k, np.int64)
    candidates.rescored[0] += _select(candidates, own, other, i, k, sign, values, indices)
    for slot in range(k):
        candidates.indices[i, slot] = indices[slot]
        candidates.values[i, slot] = values[slot]
    candidates.count[i] = k
    candidates.bound[i] = max(candidates.bound[i], values[k - 1] - 0.5 * own.error[i])  # room for its rounding


@kernel()
def _select(candidates, own, other, i, k, sign, best, places):
    """Write the row's k best candidates by exact cosine, times ``sign``, to best (k,) and places (k,); count cosines.

    Those that the fast product puts first come first: of the others most can no longer enter.
    """
    count, indices, values = candidates.count[i], candidates.indices[i], candidates.values[i]
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
def insert(values, indices, filled, value, index):
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
