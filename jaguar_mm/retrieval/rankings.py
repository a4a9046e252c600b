"""All similarities of queries to a gallery, without holding them: as a matrix, some rows at a time, or as lists."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property

import numpy as np

from jaguar_mm.retrieval.apart import Groups, pair_codes
from jaguar_mm.retrieval.arrays import Array, device_of
from jaguar_mm.retrieval.embeddings import embed_sets
from jaguar_mm.retrieval.knn import nearest
from jaguar_mm.retrieval.reciprocal import Reciprocal
from jaguar_mm.retrieval.selection import select_largest
from jaguar_mm.retrieval.tiles import Tiles, matrix_tiles


class Ranking(ABC):
    """What every query (M) has with every gallery image (N); larger is more alike.

    Memory is linear in M and N, except for :meth:`matrix`. A block's values may differ from the matrix's in the last
    bit.

    Attributes:
        shape: Queries and gallery images (M, N).
        one_set: Whether the queries are the gallery; then each is left out of its own list.
    """

    shape: tuple[int, int]
    one_set: bool

    @abstractmethod
    def rows(self, rows: slice) -> np.ndarray:
        """Return the similarities of some queries (B, N), contiguous, without NaN."""

    def tiles(self) -> Tiles:
        """Return the similarities as blocks of rows, computed as often as they are asked for."""
        return Tiles(self.shape, self.rows)

    def matrix(self) -> np.ndarray:
        """Return all similarities (M, N)."""
        return np.concatenate([tile for _, tile in self.tiles().blocks()])

    def at(self, indices: np.ndarray) -> np.ndarray:
        """Return the similarities of each query with some images (M, K).

        Args:
            indices: Which images (M, K); what stands in the place of a -1 means nothing.
        """
        parts = [np.take_along_axis(tile, indices[rows], 1) for rows, tile in self.tiles().blocks()]
        return np.concatenate(parts)

    def top_k(self, k: int, apart: Groups = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the k largest similarities of each query and where they are, best first, ties by index.

        Args:
            k: How many; cut to as many as there are.
            apart: Pairs that are left out of the lists: an :class:`~jaguar_mm.retrieval.apart.Apart`, or a column of
                groups.

        Returns:
            Values (M, k), and indices (M, k), int64. Lists that are shorter, since pairs are left out, end with the
            value -inf and the index -1.

        Raises:
            ValueError: If k is negative or a column does not fit.
        """
        codes = pair_codes(apart, self.shape, self.one_set)
        k = self._cut(k)
        lists = []
        for rows, tile in self.tiles().blocks():
            out = np.zeros(tile.shape, bool)
            codes.mark(out, rows, True)
            if self.one_set:
                out[np.arange(len(out)), np.arange(rows.start, rows.stop)] = True
            lists.append(select_largest(tile, out, k))
        values, indices = map(np.concatenate, zip(*lists, strict=True))
        return values, indices

    @property
    def evidence(self) -> Ranking:
        """What a calibration learns from and is applied to: this ranking, unless it looked at some pairs alone."""
        return self

    def to_unit_interval(self, values: np.ndarray) -> np.ndarray:
        """Map similarities of any shape to [0, 1] in float64 without changing their order: themselves, if in there."""
        return np.clip(np.asarray(values, np.float64), 0, 1)

    def _cut(self, k: int) -> int:
        if k < 0:
            raise ValueError(f'k counts neighbours and cannot be negative, got {k}')
        return min(k, self.shape[1] - self.one_set)


class CosineRanking(Ranking):
    """Cosines; lists go by those that are summed in double precision, see :mod:`~jaguar_mm.retrieval.embeddings`.

    Args:
        query: Embeddings (M, D), of any length.
        gallery: Embeddings (N, D); None: the queries among themselves.

    Raises:
        ValueError: If a row has NaN, Inf or only zeros, or the widths differ.
    """

    def __init__(self, query: Array, gallery: Array | None = None) -> None:
        self.one_set, self._device = gallery is None, device_of(query)
        self._query, self._gallery = embed_sets(query, gallery=gallery)
        self.shape = len(self._query.rows), len((self._gallery or self._query).rows)

    @cached_property
    def _units(self) -> tuple[np.ndarray, np.ndarray]:
        """Queries and gallery with unit length."""
        query = self._query.unit()
        return query, query if self._gallery is None else self._gallery.unit()

    def rows(self, rows: slice) -> np.ndarray:
        """Return the cosines of some queries (B, N)."""
        return self._units[0][rows] @ self._units[1].T

    def matrix(self) -> np.ndarray:
        """Return all cosines (M, N)."""
        return self._units[0] @ self._units[1].T

    def top_k(self, k: int, apart: Groups = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the k largest cosines of each query and where they are; see :meth:`Ranking.top_k`."""
        found = nearest(self._query, self._gallery, self._cut(k), apart=apart, device=self._device)
        return found.values.astype(self._query.rows.dtype, copy=False), found.indices

    def to_unit_interval(self, values: np.ndarray) -> np.ndarray:
        """Map cosines of any shape to [0, 1]."""
        return super().to_unit_interval((1 + np.asarray(values, np.float64)) / 2)


class RerankedRanking(Ranking):
    """1 less the re-ranked distance, in [0, 1]; the codes are computed once, when they are first needed.

    Args:
        reciprocal: The re-ranking.
    """

    def __init__(self, reciprocal: Reciprocal) -> None:
        self._reciprocal = reciprocal
        self.shape, self.one_set = reciprocal.shape, reciprocal.one_set

    def rows(self, rows: slice) -> np.ndarray:
        """Return the re-ranked similarities of some queries (B, N)."""
        return 1 - self._reciprocal.rows(rows)

    def matrix(self) -> np.ndarray:
        """Return all re-ranked similarities (M, N)."""
        return 1 - self._reciprocal.matrix()

    def top_k(self, k: int, apart: Groups = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the k largest re-ranked similarities and where they are; see :meth:`Ranking.top_k`."""
        if self._cut(k) == 0:
            return super().top_k(k, apart)
        distances, indices = self._reciprocal.nearest(k, apart)
        return 1 - distances, indices


class MatrixRanking(Ranking):
    """Similarities that were computed elsewhere.

    Args:
        similarity: (M, N).
        one_set: Whether the queries are the gallery.

    Raises:
        ValueError: If it is no matrix or empty; when it is read, if there is NaN.
    """

    def __init__(self, similarity: Array, one_set: bool) -> None:
        self._tiles, self.one_set = matrix_tiles(similarity), one_set
        self.shape = self._tiles.shape

    def rows(self, rows: slice) -> np.ndarray:
        """Return the similarities of some queries (B, N)."""
        return self._tiles.rows_at(rows)
