"""Fast products of blocks of embeddings that come with a bound of their error."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from jaguar_mm.retrieval.embeddings import TIE_STEPS, Embeddings


class Coarse(NamedTuple):
    """Factors of a fast product, and what it may be off by.

    The cosine of row i and row j is within ``error[i] + error[j]`` of ``scale[i] * scale[j]`` times the product.

    Attributes:
        factors: What is multiplied (N, D), float32, float64 or int8.
        scale: (N,).
        error: (N,).
        multiply: Function of some rows (B, D), some transposed ones (D, C) and a float array (B, C) that takes the
            products.
    """

    factors: np.ndarray
    scale: np.ndarray
    error: np.ndarray
    multiply: Callable[[np.ndarray, np.ndarray, np.ndarray], object] = np.matmul


def float_factors(embeddings: Embeddings) -> Coarse:
    """Return unit rows (N, D). In any order of summation, a sum of D products is off by at most D rounding errors.

    So is the product of two lengths; half of both is each row's share, and 16 for what else is rounded.
    """
    unit = embeddings.unit()
    count, width = unit.shape
    error = float_error(width, np.finfo(unit.dtype).eps)
    return Coarse(unit, np.ones(count, unit.dtype), np.full(count, error, unit.dtype))


def float_error(width: int, eps: float) -> float:
    """Return a row's share of the error of a product of rows of some width, by the precision of its numbers."""
    return (width + 16) * eps / 2 + 1 / TIE_STEPS
