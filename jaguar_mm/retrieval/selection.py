"""The largest values of each row, in order."""

from __future__ import annotations

import numpy as np

from jaguar_mm.kernels import kernel
from jaguar_mm.retrieval.candidates import insert


@kernel()
def select_largest(tile: np.ndarray, left_out: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the k largest values of each row and where they are (B, k), ties by index.

    Args:
        tile: (B, N).
        left_out: What does not count, boolean (B, N).
        k: How many; a list that is shorter ends with -inf and the index -1.
    """
    rows, columns = tile.shape
    values, indices = np.full((rows, k), -np.inf, tile.dtype), np.full((rows, k), -1)
    if k == 0:
        return values, indices
    for i in range(rows):
        filled = 0
        for j in range(columns):
            if not left_out[i, j] and (filled < k or tile[i, j] > values[i, k - 1]):
                filled = insert(values[i], indices[i], filled, tile[i, j], j)
    return values, indices
