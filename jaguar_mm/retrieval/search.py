"""Exact nearest neighbours on the CPU, tile by tile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from jaguar_mm.retrieval.apart import Groups, PairCodes, pair_codes
from jaguar_mm.retrieval.candidates import Side, empty_candidates, nearest_candidates
from jaguar_mm.retrieval.embeddings import Embeddings
from jaguar_mm.retrieval.int8_products import int8_factors
from jaguar_mm.retrieval.products import Coarse, float_factors
from jaguar_mm.retrieval.scan import scan_tile

TILE = 1024  # rows and columns of a tile
WORTHWHILE = 1 / 20  # exact cosines that may be spent on full lists, as a share of all pairs, before int8 costs more

SPARE = {'float32': 40, 'float64': 40, 'int8': 160}  # candidates a list has room for beyond the k best


class _NotWorthwhile(Exception):
    """Int8 costs more than it spares."""


class Neighbours(NamedTuple):
    """The nearest of every query.

    Attributes:
        values: Cosines (M, k), best first, float64; -inf where a list is shorter.
        indices: (M, k), int64; of equal cosines the lower index comes first; -1 where a list is shorter.
        lowest: Smallest cosine with any (other) row of the gallery (M,), float64; empty if not asked for.
    """

    values: np.ndarray
    indices: np.ndarray
    lowest: np.ndarray


def search(
    query: Embeddings,
    gallery: Embeddings | None,
    k: int,
    *,
    exclude_self: bool = True,
    lowest: bool = False,
    prefilter: bool = False,
    matrix: np.ndarray | None = None,
    apart: Groups = None,
) -> Neighbours:
    """Find the nearest neighbours.

    Args:
        query: (M, D).
        gallery: (N, D); None: the queries among themselves, each product computed once.
        k: How many, at most as many as there are.
        exclude_self: With one set, no row is its own neighbour.
        lowest: Also find the smallest cosines.
        prefilter: Multiply in int8 first.
        matrix: Where all products are left (M, N), if anywhere; not with ``prefilter``.
        apart: Pairs that are left out.
    """
    one_set, others = gallery is None, query if gallery is None else gallery
    k = min(k, len(others.rows) - (one_set and exclude_self))
    codes = pair_codes(apart, (len(query.rows), len(others.rows)), one_set)
    arguments = k, exclude_self, lowest, codes
    sides = (query,) if one_set else (query, others)
    if prefilter and query.rows.dtype == np.float32:
        with suppress(_NotWorthwhile):
            return _search(query, others, [int8_factors(side) for side in sides], *arguments, None)
    return _search(query, others, [float_factors(side) for side in sides], *arguments, matrix)


def fill_products(query: Embeddings, gallery: Embeddings | None, matrix: np.ndarray) -> None:
    """Write all products to ``matrix`` (M, N), with the very bits that :func:`search` leaves there."""
    factors = [float_factors(side) for side in ((query,) if gallery is None else (query, gallery))]
    for _, _, block, mirrored in _tiles(factors, matrix):
        _mirror(matrix, block, mirrored)


def _search(
    queries: Embeddings,
    others: Embeddings,
    factors: list[Coarse],
    k: int,
    exclude_self: bool,
    lowest: bool,
    codes: PairCodes,
    matrix: np.ndarray | None,
) -> Neighbours:
    """Search with given factors, one for each set.

    Raises:
        _NotWorthwhile: If the factors are int8 and turn out to cost more than they spare.
    """
    one_set = len(factors) == 1
    rows, columns = (
        Side(side, made.scale, made.error) for side, made in ((queries, factors[0]), (others, factors[-1]))
    )
    kind = factors[0].factors.dtype.name
    best = empty_candidates(len(queries.rows), k, SPARE[kind], rows.scale.dtype)
    worst = empty_candidates(len(queries.rows), int(lowest), SPARE[kind] // 2, rows.scale.dtype)
    lists = (best, best, worst, worst)  # with one set the columns' lists are the rows'
    allowed = WORTHWHILE * len(queries.rows) * len(others.rows) + TILE * TILE
    for tile, place, block, mirrored in _tiles(factors, matrix):
        scan_tile(tile, place, block, rows, columns, k, *lists, mirrored, one_set and exclude_self, codes)
        if matrix is not None:
            _mirror(matrix, block, mirrored)
        if kind == 'int8' and best.rescored[0] + worst.rescored[0] > allowed:
            raise _NotWorthwhile
    values, indices = nearest_candidates(best, rows, columns, k, 1)
    smallest, _ = nearest_candidates(worst, rows, columns, int(lowest), -1)
    return Neighbours(values, indices, np.minimum(-smallest.ravel(), 1))


def _mirror(matrix: np.ndarray, block: tuple[int, int, int, int], mirrored: bool) -> None:
    """Copy a block of one set's products to the other half, if it stands for that too."""
    if mirrored:
        rows, columns = slice(*block[:2]), slice(*block[2:])
        matrix[columns, rows] = matrix[rows, columns].T


def _tiles(
    factors: list[Coarse], matrix: np.ndarray | None
) -> Iterator[tuple[np.ndarray, tuple[int, int], tuple[int, int, int, int], bool]]:
    """Yield an array, where in it a tile lies, which block of pairs it is, and whether it stands for the other half."""
    left, right = factors[0], factors[-1]
    one_set = len(factors) == 1
    scratch = np.empty(TILE * TILE, left.scale.dtype)
    for i0 in range(0, len(left.factors), TILE):
        i1 = min(i0 + TILE, len(left.factors))
        for j0 in range(i0 if one_set else 0, len(right.factors), TILE):
            j1 = min(j0 + TILE, len(right.factors))
            if matrix is None:
                out = array = scratch[: (i1 - i0) * (j1 - j0)].reshape(i1 - i0, j1 - j0)
                place = (0, 0)
            else:
                out, array, place = matrix[i0:i1, j0:j1], matrix, (i0, j0)
            left.multiply(left.factors[i0:i1], right.factors[j0:j1].T, out)
            yield array, place, (i0, i1, j0, j1), one_set and i0 != j0
