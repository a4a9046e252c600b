"""The other half of a symmetric matrix."""

from __future__ import annotations

import numpy as np
from numba import njit

BLOCK = 32  # rows and columns that are turned together, so that both stay in the cache


@njit(cache=True, nogil=True)
def mirror_tile(matrix: np.ndarray, i0: int, i1: int, j0: int, j1: int) -> None:
    """Copy entries (i0:i1, j0:j1) of a square matrix to (j0:j1, i0:i1)."""
    for row in range(i0, i1, BLOCK):
        for column in range(j0, j1, BLOCK):
            for j in range(column, min(column + BLOCK, j1)):
                for i in range(row, min(row + BLOCK, i1)):
                    matrix[j, i] = matrix[i, j]
