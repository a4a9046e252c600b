"""One re-ranking: its codes are computed once; distances come as a matrix, some rows at a time, or as lists."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from jaguar_mm.retrieval.apart import Groups, pair_codes
from jaguar_mm.retrieval.arrays import Array, device_of
from jaguar_mm.retrieval.codes import Codes, encode
from jaguar_mm.retrieval.embeddings import Embeddings, embed_sets
from jaguar_mm.retrieval.jaccard import blend_matrix, inverted, nearest_by_blend
from jaguar_mm.retrieval.knn import nearest, use_int8
from jaguar_mm.retrieval.search import Neighbours, fill_products


class Reciprocal:
    """The re-ranked distances of queries (M) to a gallery (N); see :mod:`~jaguar_mm.retrieval.rerank`.

    Args:
        query: Embeddings (M, D).
        gallery: Embeddings (N, D); None: the queries against themselves.
        database: Further embeddings (L, D) that take part in the union, or None.
        k1: Size of the neighbourhoods.
        k2: Size of the local expansion.
        lambda_value: Share of the original distance.
        prefilter: See :func:`~jaguar_mm.retrieval.knn.topk_similarity`.

    Raises:
        ValueError: If a parameter is out of range, or a row has NaN, Inf or only zeros.
    """

    def __init__(
        self,
        query: Array,
        gallery: Array | None = None,
        database: Array | None = None,
        *,
        k1: int = 20,
        k2: int = 6,
        lambda_value: float = 0.3,
        prefilter: str = 'none',
    ) -> None:
        if k1 < 1 or k2 < 1 or not 0 <= lambda_value <= 1:
            raise ValueError(f'need k1 >= 1, k2 >= 1 and 0 <= lambda_value <= 1, got {k1}, {k2}, {lambda_value}')
        self.k1, self.k2, self.lambda_value = k1, k2, lambda_value
        self.one_set = gallery is None
        self._fast, self._device = use_int8(prefilter), device_of(query)
        sets = [made for made in embed_sets(query, gallery=gallery, database=database) if made is not None]
        self._union = sets[0] if len(sets) == 1 else Embeddings(*map(np.concatenate, zip(*sets, strict=True)))
        end = len(sets[0].rows) + (0 if self.one_set else len(sets[1].rows))
        self.query = self._union.part(slice(0, len(sets[0].rows)))
        self.gallery = self.query if self.one_set else self._union.part(slice(len(sets[0].rows), end))
        self.shape = len(self.query.rows), len(self.gallery.rows)
        self._found: Neighbours | None = None

    def matrix(self) -> np.ndarray:
        """Return all distances (M, N), in the embeddings' precision."""
        matrix = np.empty(self.shape, self.query.rows.dtype)
        if self._alone and self._found is None and self._device is None:
            self._find(self._reach, matrix)  # leaves its products
        else:
            fill_products(self.query, None if self.one_set else self.gallery, matrix)
        return self._blend(matrix, slice(0, self.shape[0]))

    def rows(self, rows: slice) -> np.ndarray:
        """Return the distances of some queries (B, N)."""
        return self._blend(self._units[0][rows] @ self._units[1].T, rows)

    def nearest(self, k: int, apart: Groups = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the k smallest distances of each query and where they are (M, k), without a matrix.

        Args:
            k: How many, at least 1; cut to as many as there are.
            apart: Pairs that are left out.

        Returns:
            Distances in the embeddings' precision, and indices; a list that is shorter ends with inf and -1.
        """
        pairs = pair_codes(apart, self.shape, self.one_set)
        if self._alone and pairs.nothing:
            near = self._find(max(self._reach, k))
        else:
            gallery = None if self.one_set else self.gallery
            near = nearest(self.query, gallery, k, apart=apart, fast=self._fast, device=self._device)
        codes, index = self._codes
        lists = near.indices, near.values, codes, index, self._find(self._reach).lowest
        first, k = 0 if self.one_set else self.shape[0], min(k, near.indices.shape[1])
        values, indices = nearest_by_blend(*lists, self.query, self.gallery, first, self.lambda_value, k, pairs)
        return values.astype(self.query.rows.dtype, copy=False), indices

    @property
    def _alone(self) -> bool:
        """Whether the queries are the whole union."""
        return len(self._union.rows) == len(self.query.rows)

    @property
    def _reach(self) -> int:
        """How many neighbours besides the image itself the codes need."""
        return max(self.k1 + 1, self.k2) - 1

    @cached_property
    def _codes(self) -> tuple[Codes, Codes]:
        """The codes of the union, and the inverted index of the gallery's."""
        found, rows = self._find(self._reach), len(self._union.rows)
        neighbours = np.hstack([np.arange(rows)[:, None], found.indices]).astype(np.int32)
        cosines = np.hstack([np.ones((rows, 1)), found.values])
        codes = encode(neighbours, cosines, found.lowest, self._union, self.k1, self.k2)
        first = 0 if self.one_set else self.shape[0]
        return codes, inverted(codes, first, first + self.shape[1])

    @cached_property
    def _units(self) -> tuple[np.ndarray, np.ndarray]:
        """Queries and gallery with unit length."""
        query = self.query.unit()
        return query, query if self.one_set else self.gallery.unit()

    def _find(self, k: int, matrix: np.ndarray | None = None) -> Neighbours:
        """Return the union's neighbours, at least ``k`` of each if there are so many; search once."""
        available = min(k, len(self._union.rows) - 1)
        if self._found is None or self._found.indices.shape[1] < available:
            self._found = nearest(
                self._union, None, k, lowest=True, matrix=matrix, fast=self._fast, device=self._device
            )
        return self._found

    def _blend(self, cosines: np.ndarray, rows: slice) -> np.ndarray:
        """Replace the cosines of some queries (B, N) by distances, in place, and return them."""
        codes, index = self._codes
        part = codes._replace(starts=codes.starts[rows.start : rows.stop + 1])
        lowest = self._find(self._reach).lowest[rows]
        own = rows.start if self.one_set else -1
        blend_matrix(cosines, part, index, lowest, self.query.part(rows), self.gallery, self.lambda_value, own)
        return cosines
