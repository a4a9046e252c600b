"""Offering tiles of fast products to the lists of candidates."""

from __future__ import annotations

import numpy as np

from jaguar_mm.kernels import kernel
from jaguar_mm.retrieval.apart import PairCodes, left_out
from jaguar_mm.retrieval.candidates import Candidates, Side, append, make_room


@kernel()
def scan_tile(
    tile: np.ndarray,
    place: tuple[int, int],
    block: tuple[int, int, int, int],
    rows: Side,
    columns: Side,
    k: int,
    best: Candidates,
    best_back: Candidates,
    worst: Candidates,
    worst_back: Candidates,
    mirrored: bool,
    one_set: bool,
    apart: PairCodes,
) -> None:
    """Offer a tile's pairs to the lists of its rows, and if ``mirrored`` to those of its columns.

    Args:
        tile: Products; pair (i, j) stands at (top + i - i0, left + j - j0).
        place: ``(top, left)``.
        block: Which pairs are offered, rows i0 to i1 and columns j0 to j1: ``(i0, i1, j0, j1)``.
        rows, columns: The two sides.
        k: Length of the lists of the best; those of the worst are of length 1.
        best, worst: Lists of the rows.
        best_back, worst_back: Lists of the columns.
        one_set: Row i and column i are the same image, no pair.
        apart: Codes of the pairs that are left out.
    """
    (top, left), (i0, i1, j0, j1) = place, block
    width = j1 - j0
    flags = np.zeros((width + 7) // 8 * 8, np.uint8)
    words = flags.view(np.uint64)
    scales, errors = columns.scale[j0:j1], columns.error[j0:j1]
    some_apart = apart.different_query.shape[1] > 0 or apart.same_query.shape[1] > 0
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
                if flag == 0 or (some_apart and left_out(apart, i, j0 + c)):
                    continue
                value, slack = line[c] * (rows.scale[i] * scales[c]), rows.error[i] + errors[c]
                if flag & 1 and not append(*best[:4], i, j0 + c, value, slack):
                    make_room(best, rows, columns, i, j0 + c, value, k, 1)
                if flag & 2 and not append(*worst[:4], i, j0 + c, -value, slack):
                    make_room(worst, rows, columns, i, j0 + c, -value, 1, -1)
                if flag & 4 and not append(*best_back[:4], j0 + c, i, value, slack):
                    make_room(best_back, columns, rows, j0 + c, i, value, k, 1)
                if flag & 8 and not append(*worst_back[:4], j0 + c, i, -value, slack):
                    make_room(worst_back, columns, rows, j0 + c, i, -value, 1, -1)


@kernel()
def _flag_line(
    line: np.ndarray,
    i: int,
    j0: int,
    rows: Side,
    columns: Side,
    best: Candidates,
    best_back: Candidates,
    worst: Candidates,
    worst_back: Candidates,
    mirrored: bool,
    flags: np.ndarray,
) -> None:
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
