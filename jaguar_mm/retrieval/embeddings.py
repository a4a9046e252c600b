"""The cosine that decides: summed in double precision and rounded, so that no order of summation can change a rank.

Fast products (float32, int8, a GPU's) only say which pairs are worth a look. Every cosine that is compared with another
one comes from :func:`cosine`. It is good to about 1e-15 and rounded to 12 digits: copies of a picture tie, whatever
product found them, and so do cosines that are equal on paper.
"""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from jaguar_mm.kernels import kernel
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


def as_tensors(query: Array, **others: Array | None) -> tuple[Tensor | None, ...]:
    """Return checked embeddings, contiguous, detached, of one dtype and on one device.

    Args:
        query: (M, D).
        **others: Further sets (N, D), or None, by the names that errors call them.

    Raises:
        ValueError: If a row has NaN, Inf or only zeros, or the widths differ.
    """
    sets = {name: None if rows is None else as_features(rows, name).detach() for name, rows in others.items()}
    first = as_features(query, 'query').detach()
    given = [first, *(rows for rows in sets.values() if rows is not None)]
    for name, rows in sets.items():
        if rows is not None and rows.shape[1] != first.shape[1]:
            raise ValueError(f'query has width {first.shape[1]}, {name} {rows.shape[1]}')
    dtype = reduce(torch.promote_types, (rows.dtype for rows in given))
    return tuple(None if rows is None else _in_range(rows.to(first.device, dtype)) for rows in (first, *sets.values()))


def embed(rows: Tensor) -> Embeddings:
    """Return rows (N, D) from :func:`as_tensors` with the inverse of their lengths."""
    array = to_numpy(rows)
    return Embeddings(array, _inverse_lengths(array))


def _in_range(tensor: Tensor) -> Tensor:
    return (unit_rows(tensor, 'features') if tensor.dtype == torch.float64 else tensor).contiguous()


@kernel(fastmath={'reassoc', 'contract'})
def dot(first: np.ndarray, second: np.ndarray) -> float:
    """Sum the products of two rows (D,) in double precision."""
    total = 0.0
    for d in range(len(first)):
        total += np.float64(first[d]) * np.float64(second[d])
    return total


@kernel()
def cosine(first: Embeddings, i: int, second: Embeddings, j: int) -> float:
    """Return the cosine of row i and row j, rounded to ``TIE_DIGITS``."""
    product = dot(first.rows[i], second.rows[j]) * (first.inverse_lengths[i] * second.inverse_lengths[j])
    return np.rint(product * TIE_STEPS) / TIE_STEPS


@kernel()
def _inverse_lengths(rows: np.ndarray) -> np.ndarray:
    inverse = np.empty(len(rows))
    for i in range(len(rows)):
        inverse[i] = 1 / np.sqrt(dot(rows[i], rows[i]))
    return inverse
