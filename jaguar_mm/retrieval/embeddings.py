"""The cosine that decides: summed in double precision and rounded, so that no order of summation can change a rank.

Fast products (float32, int8, a GPU's) only say which pairs are worth a look. Every cosine that is compared with another
one comes from :func:`cosine`. It is good to about 1e-15 and rounded to 12 digits: copies of a picture tie, whatever
product found them, and so do cosines that are equal on paper. Numba's cache does not see changes across files: whoever
changes :func:`cosine` deletes ``__pycache__``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numba import njit
from torch import Tensor

from jaguar_mm.retrieval.arrays import Array, as_features, to_numpy
from jaguar_mm.retrieval.similarity import unit_rows

TIE_DIGITS = 12
TIE_STEPS = 10.0**TIE_DIGITS


class Embeddings(NamedTuple):
    """Embeddings as the kernels read them.

    Attributes:
        rows: (N, D), float32 as they came, or float64 of unit length (a float64's square could overflow).
        inverse_lengths: (N,), float64.
    """

    rows: np.ndarray
    inverse_lengths: np.ndarray

    @property
    def dtype(self) -> torch.dtype:
        """Precision of products and results: that of the rows."""
        return torch.float64 if self.rows.dtype == np.float64 else torch.float32


def as_tensors(query: Array, gallery: Array | None) -> tuple[Tensor, Tensor | None]:
    """Return checked embeddings (M, D) and (N, D), contiguous, detached, of one dtype and on one device.

    Raises:
        ValueError: If a row has NaN, Inf or only zeros, or the widths differ.
    """
    first = as_features(query, 'query').detach()
    if gallery is None:
        return _in_range(first), None
    second = as_features(gallery, 'gallery').detach()
    if first.shape[1] != second.shape[1]:
        raise ValueError(f'query has width {first.shape[1]}, gallery {second.shape[1]}')
    dtype = torch.promote_types(first.dtype, second.dtype)
    return _in_range(first.to(dtype)), _in_range(second.to(first.device, dtype))


def embed(rows: Tensor) -> Embeddings:
    """Return rows (N, D) from :func:`as_tensors` with the inverse of their lengths."""
    array = to_numpy(rows)
    return Embeddings(array, _inverse_lengths(array))


def _in_range(tensor: Tensor) -> Tensor:
    return (unit_rows(tensor, 'features') if tensor.dtype == torch.float64 else tensor).contiguous()


@njit(cache=True, nogil=True, fastmath={'reassoc', 'contract'})
def dot(first: np.ndarray, second: np.ndarray) -> float:
    """Sum the products of two rows (D,) in double precision."""
    total = 0.0
    for d in range(len(first)):
        total += np.float64(first[d]) * np.float64(second[d])
    return total


@njit(cache=True, nogil=True)
def cosine(first: Embeddings, i: int, second: Embeddings, j: int) -> float:
    """Return the cosine of row i and row j, rounded to ``TIE_DIGITS``."""
    product = dot(first.rows[i], second.rows[j]) * (first.inverse_lengths[i] * second.inverse_lengths[j])
    return np.rint(product * TIE_STEPS) / TIE_STEPS


@njit(cache=True, nogil=True)
def _inverse_lengths(rows: np.ndarray) -> np.ndarray:
    inverse = np.empty(len(rows))
    for i in range(len(rows)):
        inverse[i] = 1 / np.sqrt(dot(rows[i], rows[i]))
    return inverse
