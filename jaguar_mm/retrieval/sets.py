"""What every gallery image is to every query: another animal, the same one, or left out.

An unknown identity (see :func:`~jaguar_mm.retrieval.columns.is_unknown`) is never an animal. A query of unknown
identity is left out of all scores. A gallery image of unknown identity is a distractor: another animal to every query,
and always in its list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jaguar_mm.retrieval.apart import Groups, PairCodes, pair_codes
from jaguar_mm.retrieval.arrays import Array, to_numpy
from jaguar_mm.retrieval.columns import number_columns

OTHER, SAME, LEFT_OUT = 0, 1, 2


@dataclass(frozen=True)
class Sets:
    """Queries and gallery, names replaced by numbers.

    Attributes:
        query_identity: (M,), -1 where it is unknown.
        gallery_identity: (N,), -2 where it is unknown.
        apart: The columns that leave pairs out.
        one_set: Whether the queries are the gallery.
        ignore: Pairs left out, boolean (M, N), or None.
    """

    query_identity: np.ndarray
    gallery_identity: np.ndarray
    apart: PairCodes
    one_set: bool
    ignore: np.ndarray | None

    def marks(self, rows: slice) -> np.ndarray:
        """Return for some queries what every gallery image is to them: OTHER, SAME or LEFT_OUT, uint8 (B, N)."""
        marks = (self.query_identity[rows, None] == self.gallery_identity).view(np.uint8)  # False is OTHER, True SAME
        self.apart.mark(marks, rows, LEFT_OUT)
        if self.ignore is not None:
            marks[self.ignore[rows]] = LEFT_OUT
        if self.one_set:
            marks[np.arange(len(marks)), np.arange(rows.start, rows.stop)] = LEFT_OUT
        marks[self.query_identity[rows] < 0] = LEFT_OUT
        return marks


def match_sets(
    shape: tuple[int, int],
    query_ids: Sequence,
    gallery_ids: Sequence | None = None,
    ignore: Array | None = None,
    groups: Groups = None,
) -> Sets:
    """Number identities and groups and check that they fit a similarity of ``shape``.

    Args:
        shape: Queries and gallery images (M, N).
        query_ids: Identity of each query (M,): strings, numbers, a tensor; None, NaN or empty where it is unknown.
        gallery_ids: Identity of each gallery image (N,); None: the queries are the gallery, and each query is left out
            of its own ranking.
        ignore: Pairs left out, boolean (M, N).
        groups: Burst or encounter of each image (M,); with a gallery of its own, a pair of columns (M,) and (N,).
            Pairs of one group are left out; a blank value is no group. For several columns, or such as must agree,
            an :class:`~jaguar_mm.retrieval.apart.Apart`.

    Raises:
        ValueError: If lengths or shapes do not match.
    """
    one_set = gallery_ids is None
    query, gallery = number_columns(query_ids, query_ids if gallery_ids is None else gallery_ids)
    if shape != (len(query), len(gallery)):
        raise ValueError(
            f'similarity is {shape}, but there are {len(query)} query and {len(gallery)} gallery identities'
        )
    out = None if ignore is None else to_numpy(ignore).astype(bool, copy=False)
    if out is not None and out.shape != shape:
        raise ValueError(f'ignore must be {shape} like the similarity, got {out.shape}')
    return Sets(query, gallery, pair_codes(groups, shape, one_set), one_set, out)
