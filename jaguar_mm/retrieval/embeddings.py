"""Checked embeddings, and the cosine that decides: summed in double precision and rounded.

So no order of summation can change a rank. Fast products (float32, int8, a GPU's) only say which pairs are worth a
look. Every cosine that is compared with another one comes from :func:`cosine`. It is good to about 1e-15 and rounded to
12 digits: copies of an image tie, whatever product found them, and so do cosines that are equal on paper.
"""

from __future__ import annotations

from typing import NamedTuple, overload

import numpy as np

from jaguar_mm.kernels import kernel
from jaguar_mm.retrieval.arrays import Array, refuse_rows, to_numpy

TIE_DIGITS = 12
TIE_STEPS = 10.0**TIE_DIGITS
SHORTEST = 1e-12  # rows of such a length or its inverse are looked at twice


class Embeddings(NamedTuple):
    """Embeddings as the kernels read them.

    Attributes:
        rows: (N, D), float32 as they came, or float64 of unit length (a float64's square could overflow).
        inverse_lengths: (N,), float64.
    """

    rows: np.ndarray
    inverse_lengths: np.ndarray

    def part(self, rows: slice) -> Embeddings:
        """Return some of the embeddings, sharing their memory."""
        return Embeddings(self.rows[rows], self.inverse_lengths[rows])

    def unit(self) -> np.ndarray:
        """Return the rows with unit length (N, D)."""
        return _scaled(self.rows, self.inverse_lengths)


def embed(features: Array, name: str) -> Embeddings:
    """Return embeddings ready for the kernels: float64 if they are that, else float32; contiguous.

    Args:
        features: (N, D), of any length.
        name: What to call them in an error.

    Raises:
        ValueError: If they are no matrix, are empty, or a row has NaN, Inf or only zeros; rows are named by index.
    """
    values = to_numpy(features)
    if values.ndim != 2 or 0 in values.shape:
        raise ValueError(f'{name} must be a matrix (N, D) with at least one row and column, got {values.shape}')
    dtype = np.float64 if values.dtype == np.float64 else np.float32
    rows = np.require(values, dtype, ['C', 'A', 'W'])  # one layout for which the kernels are compiled
    lengths = _lengths(rows)
    suspects = np.flatnonzero(~((lengths > SHORTEST) & (lengths < 1 / SHORTEST)))
    refuse_rows(suspects[~np.isfinite(rows[suspects]).all(1)], f'{name} has NaN or Inf')
    refuse_rows(suspects[~rows[suspects].any(1)], f'{name} has only zeros')
    if dtype == np.float32:
        return Embeddings(rows, 1 / lengths)
    if len(suspects):
        rows = rows / np.abs(rows).max(1, keepdims=True)  # keeps squares in range
        lengths = _lengths(rows)
    unit = _scaled(rows, 1 / lengths)
    return Embeddings(unit, 1 / _lengths(unit))


@overload
def embed_sets(query: Array, *, gallery: Array | None) -> tuple[Embeddings, Embeddings | None]: ...
@overload
def embed_sets(
    query: Array, *, gallery: Array | None, database: Array | None
) -> tuple[Embeddings, Embeddings | None, Embeddings | None]: ...
def embed_sets(query: Array, **others: Array | None) -> tuple[Embeddings | None, ...]:
    """Return several sets of embeddings of one width and one precision.

    Args:
        query: (M, D).
        **others: Further sets (N, D), or None, by the names that errors call them.

    Raises:
        ValueError: If a row has NaN, Inf or only zeros, or the widths differ.
    """
    first = embed(query, 'query')
    sets = [first, *(None if rows is None else embed(rows, name) for name, rows in others.items())]
    for name, made in zip(others, sets[1:], strict=True):
        if made is not None:
            refuse_other_width(first.rows, made.rows, ('query', name))
    if len({made.rows.dtype for made in sets if made is not None}) == 1:
        return tuple(sets)
    return tuple(None if made is None else embed(made.rows.astype(np.float64), 'embeddings') for made in sets)


def refuse_other_width(first: Array, second: Array, names: tuple[str, str]) -> None:
    """Raise ValueError if two sets of embeddings differ in width."""
    if first.shape[1] != second.shape[1]:
        raise ValueError(f'{names[0]} has width {first.shape[1]}, {names[1]} {second.shape[1]}')


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
def _lengths(rows: np.ndarray) -> np.ndarray:
    lengths = np.empty(len(rows))
    for i in range(len(rows)):
        lengths[i] = np.sqrt(dot(rows[i], rows[i]))
    return lengths


@kernel()
def _scaled(rows: np.ndarray, factors: np.ndarray) -> np.ndarray:
    scaled = np.empty_like(rows)
    for i in range(len(rows)):
        for d in range(rows.shape[1]):
            scaled[i, d] = rows[i, d] * factors[i]
    return scaled
