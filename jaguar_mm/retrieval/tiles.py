"""A similarity (M, N) a few rows at a time: cut from a matrix, or computed from embeddings and forgotten again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from jaguar_mm.retrieval.arrays import Array, to_numpy

TILE_ENTRIES = 1 << 20  # 4 MB in single precision


class Tiles(NamedTuple):
    """Blocks of rows of a similarity, in order, as often as asked for.

    Attributes:
        shape: Queries and gallery images (M, N).
        rows_at: Function from a slice of rows to their similarities (B, N), a contiguous array without NaN.
    """

    shape: tuple[int, int]
    rows_at: Callable[[slice], np.ndarray]

    def blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield each block of rows with its similarities (B, N)."""
        height = max(1, TILE_ENTRIES // self.shape[1])
        for start in range(0, self.shape[0], height):
            rows = slice(start, min(start + height, self.shape[0]))
            yield rows, self.rows_at(rows)


def matrix_tiles(similarity: Array) -> Tiles:
    """Cut a matrix (M, N) into tiles of single or double precision.

    Raises:
        ValueError: If it is no matrix or empty; when its tiles are read, if there is NaN (rows are named by index).
    """
    values = to_numpy(similarity)
    if values.ndim != 2 or values.size == 0:
        raise ValueError(f'similarity must be a matrix (M, N) with at least one entry, got {values.shape}')
    dtype = np.promote_types(values.dtype, np.float32)

    def rows_at(rows: slice) -> np.ndarray:
        tile = np.ascontiguousarray(values[rows], dtype=dtype)
        if np.isnan(tile).any():
            bad = [row for row in range(len(values)) if np.isnan(values[row]).any()]
            raise ValueError(f'similarity has NaN in {len(bad)} row(s): {", ".join(map(str, bad[:10]))}')
        return tile

    return Tiles(values.shape, rows_at)
