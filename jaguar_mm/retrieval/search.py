"""Exact nearest neighbours on the CPU, tile by tile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from jaguar_mm.retrieval.candidates import Side, empty_candidates, nearest_candidates, scan_tile
from jaguar_mm.retrieval.embeddings import Embeddings, embed
from jaguar_mm.retrieval.products import Coarse, float_factors, full_precision, int8_factors

TILE = 1024  # rows and columns of a tile
WORTHWHILE = 1 / 20  # exact cosines that may be spent on full lists, as a share of all pairs, before int8 costs more

SPARE = {torch.float32: 40, torch.float64: 40, torch.int8: 160}  # candidates a list has room for beyond the k best


class Neighbours(NamedTuple):
    """The nearest of every query.

    Attributes:
        values: Cosines (M, k), best first, float64.
        indices: (M, k), int64; of equal cosines the lower index comes first.
        lowest: Smallest cosine with any (other) row of the gallery (M,), float64; empty if not asked for.
    """

    values: np.ndarray
    indices: np.ndarray
    lowest: np.ndarray


def search(
    query: Tensor,
    gallery: Tensor | None,
    k: int,
    *,
    exclude_self: bool = True,
    lowest: bool = False,
    prefilter: bool = False,
    matrix: Tensor | None = None,
) -> Neighbours:
    """Find the nearest neighbours of checked CPU tensors.

    Args:
        query: (M, D) from :func:`~jaguar_mm.retrieval.embeddings.as_tensors`.
        gallery: (N, D); None: the queries among themselves, each product computed once.
        k: How many, at most as many as there are.
        exclude_self: With one set, no row is its own neighbour.
        lowest: Also find the smallest cosines.
        prefilter: Multiply in int8 first.
        matrix: Where all products are left (M, N), if anywhere; not with ``prefilter``.
    """
    queries = embed(query)
    others = queries if gallery is None else embed(gallery)
    k = min(k, len(others.rows) - (gallery is None and exclude_self))
    if prefilter and queries.dtype == torch.float32:
        factors = [int8_factors(side) for side in ((queries,) if gallery is None else (queries, others))]
        found = _search(queries, others, factors, k, exclude_self, lowest, None)
        if found is not None:
            return found
    factors = [float_factors(side) for side in ((query,) if gallery is None else (query, gallery))]
    return _search(queries, others, factors, k, exclude_self, lowest, matrix)


def _search(
    queries: Embeddings,
    others: Embeddings,
    factors: list[Coarse],
    k: int,
    exclude_self: bool,
    lowest: bool,
    matrix: Tensor | None,
) -> Neighbours | None:
    """Search with given factors, one for each set; None if int8 turns out to cost more than it spares."""
    one_set = len(factors) == 1
    rows, columns = Side(queries, *factors[0][1:]), Side(others, *factors[-1][1:])
    spare = SPARE[factors[0].factors.dtype]
    best = empty_candidates(len(queries.rows), k, spare, rows.scale.dtype)
    worst = empty_candidates(len(queries.rows), int(lowest), spare // 2, rows.scale.dtype)
    lists = (best, best, worst, worst)  # with one set the columns' lists are the rows'
    allowed = WORTHWHILE * len(queries.rows) * len(others.rows) + TILE * TILE
    with full_precision():
        for tile, place, block, mirrored in _tiles(factors, matrix):
            scan_tile(tile, *place, *block, rows, columns, k, *lists, mirrored, one_set and exclude_self)
            if mirrored and matrix is not None:
                rows_block, columns_block = slice(*block[:2]), slice(*block[2:])
                matrix[columns_block, rows_block] = matrix[rows_block, columns_block].T
            if factors[0].factors.dtype == torch.int8 and best.rescored[0] + worst.rescored[0] > allowed:
                return None
    values, indices = nearest_candidates(best, rows, columns, k, 1)
    smallest, _ = nearest_candidates(worst, rows, columns, int(lowest), -1)
    return Neighbours(values, indices, -smallest.ravel())


def _tiles(
    factors: list[Coarse], matrix: Tensor | None
) -> Iterator[tuple[np.ndarray, tuple[int, int], tuple[int, int, int, int], bool]]:
    """Yield an array, where in it a tile lies, which block of pairs it is, and whether it stands for the other half."""
    left, right = factors[0], factors[-1]
    one_set = len(factors) == 1
    dtype = torch.float64 if left.factors.dtype == torch.float64 else torch.float32
    scratch = torch.empty(TILE * TILE, dtype=dtype)
    for i0 in range(0, len(left.factors), TILE):
        i1 = min(i0 + TILE, len(left.factors))
        for j0 in range(i0 if one_set else 0, len(right.factors), TILE):
            j1 = min(j0 + TILE, len(right.factors))
            if matrix is None:
                out = scratch[: (i1 - i0) * (j1 - j0)].view(i1 - i0, j1 - j0)
                array, place = out.numpy(), (0, 0)
            else:
                out, array, place = matrix[i0:i1, j0:j1], matrix.numpy(), (i0, j0)
            left.multiply(slice(i0, i1), right, slice(j0, j1), out)
            yield array, place, (i0, i1, j0, j1), one_set and i0 != j0
