"""Fast products of blocks of embeddings that come with a bound of their error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from jaguar_mm.kernels import kernel
from jaguar_mm.retrieval.embeddings import TIE_STEPS, Embeddings
from jaguar_mm.retrieval.similarity import unit_rows

ROWS = 1024  # of a matrix that are computed at once
LEVELS = 127  # of an int8 on either side of zero


class Coarse(NamedTuple):
    """Factors of a fast product, and what it may be off by.

    The cosine of row i and row j is within ``error[i] + error[j]`` of ``scale[i] * scale[j]`` times the product.

    Attributes:
        factors: What is multiplied (N, D), float32, float64 or int8.
        scale: (N,).
        error: (N,).
    """

    factors: Tensor
    scale: np.ndarray
    error: np.ndarray

    def multiply(self, rows: slice, other: Coarse, columns: slice, out: Tensor) -> None:
        """Write the products of some rows with some rows of ``other`` to ``out`` (rows, columns), a float tensor."""
        left, right = self.factors[rows], other.factors[columns].T
        if left.dtype == torch.int8:
            out.copy_(torch._int_mm(left, right))
        else:
            np.matmul(left.numpy(), right.numpy(), out=out.numpy())  # OpenBLAS; torch's MKL is slow on AMD


def float_factors(rows: Tensor) -> Coarse:
    """Return unit rows (N, D). In any order of summation, a sum of D products is off by at most D rounding errors.

    So is the product of two lengths; half of both is each row's share, and 16 for what else is rounded.
    """
    unit = unit_rows(rows, 'features')
    count, width = unit.shape
    error = (width + 16) * torch.finfo(unit.dtype).eps / 2 + 1 / TIE_STEPS
    dtype = np.float64 if unit.dtype == torch.float64 else np.float32
    return Coarse(unit, np.ones(count, dtype), np.full(count, error, dtype))


def int8_factors(embeddings: Embeddings) -> Coarse:
    """Round each row to 255 levels of its own; the error is the exact length of what rounding left over.

    With x' the rounded x: ``|xy - x'y'| <= |x||y - y'| + |x - x'||y'|`` (Cauchy-Schwarz), and ``|y'| <= 1 + |y - y'|``.
    """
    codes, scale, left_over = _quantise(*embeddings)
    error = left_over * (1 + left_over.max()) + 1e-6  # and what single precision adds to scale * product
    return Coarse(torch.from_numpy(codes), scale.astype(np.float32), error.astype(np.float32))


def multiply(query: Tensor, gallery: Tensor | None, out: Tensor) -> None:
    """Write all cosines of two sets, or of one with itself, to a CPU tensor (M, N), some rows after others."""
    with full_precision():
        right = unit_rows(query if gallery is None else gallery, 'gallery').T
        for start in range(0, len(query), ROWS):
            out[start : start + ROWS] = unit_rows(query[start : start + ROWS], 'query') @ right


@contextmanager
def full_precision() -> Iterator[None]:
    """Keep float32 products in float32, whatever autocast and ``torch.set_float32_matmul_precision`` say."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision('highest')
    try:
        with torch.inference_mode(), torch.autocast('cpu', enabled=False), torch.autocast('cuda', enabled=False):
            yield
    finally:
        torch.set_float32_matmul_precision(before)


@kernel()
def _quantise(rows: np.ndarray, inverse_lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return int8 codes (N, D), scales (N,) and the length of unit row - scale * code (N,)."""
    count, width = rows.shape
    codes = np.empty((count, width), np.int8)
    scale, left_over = np.empty(count), np.empty(count)
    for i in range(count):
        largest = 0.0
        for d in range(width):
            largest = max(largest, abs(np.float64(rows[i, d])))
        scale[i] = np.float32(largest * inverse_lengths[i] / LEVELS)
        squares = 0.0
        for d in range(width):
            unit = np.float64(rows[i, d]) * inverse_lengths[i]
            level = np.rint(unit / scale[i])
            codes[i, d] = np.int8(min(max(level, -LEVELS), LEVELS))
            squares += (unit - scale[i] * codes[i, d]) ** 2
        left_over[i] = np.sqrt(squares)
    return codes, scale, left_over
