"""What every gallery picture is to every query: another animal, the same one, or left out.

An unknown identity (see :func:`~jaguar_mm.retrieval.columns.is_unknown`) is never an animal. A query of unknown
identity is left out of all scores. A gallery picture of unknown identity is a distractor: another animal to every
query, and always in its list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jaguar_mm.retrieval.arrays import Array, to_numpy
from jaguar_mm.retrieval.columns import number_columns

Groups = Sequence | tuple[Sequence, Sequence] | None  # (M,) for one set, ((M,), (N,)) with a gallery of its own
OTHER, SAME, LEFT_OUT = 0, 1, 2


@dataclass(frozen=True)
class Sets:
    """Queries and gallery, names replaced by numbers.

    Attributes:
        query_identity: (M,), -1 where it is unknown.
        gallery_identity: (N,), -2 where it is unknown.
        query_group: (M,), -1 where there is no group; None if none has one.
        gallery_group: (N,), -2 where there is no group.
        one_set: Whether the queries are the gallery.
        ignore: Pairs left out, boolean (M, N), or None.
    """

    query_identity: np.ndarray
    gallery_identity: np.ndarray
    query_group: np.ndarray | None
    gallery_group: np.ndarray | None
    one_set: bool
    ignore: np.ndarray | None

    def marks(self, rows: slice) -> np.ndarray:
        """Return for some queries what every gallery picture is to them: OTHER, SAME or LEFT_OUT, uint8 (B, N)."""
        marks = (self.query_identity[rows, None] == self.gallery_identity).view(np.uint8)  # False is OTHER, True SAME
        if self.query_group is not None:
            marks[self.query_group[rows, None] == self.gallery_group] = LEFT_OUT
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
        shape: Queries and gallery pictures (M, N).
        query_ids: Identity of each query (M,): strings, numbers, a tensor; None, NaN or empty where it is unknown.
        gallery_ids: Identity of each gallery picture (N,); None: the queries are the gallery, and each query is left
            out of its own ranking.
        ignore: Pairs left out, boolean (M, N).
        groups: Burst or encounter of each picture (M,); with a gallery of its own, a pair of columns (M,) and (N,).
            Pairs of one group are left out; None, NaN or empty stands for a picture without a group.

    Raises:
        ValueError: If lengths or shapes do not match.
    """
    one_set = gallery_ids is None
    query, gallery = number_columns(query_ids, query_ids if one_set else gallery_ids)
    if shape != (len(query), len(gallery)):
        raise ValueError(
            f'similarity is {shape}, but there are {len(query)} query and {len(gallery)} gallery identities'
        )
    left_out = None if ignore is None else to_numpy(ignore).astype(bool, copy=False)
    if left_out is not None and left_out.shape != shape:
        raise ValueError(f'ignore must be {shape} like the similarity, got {left_out.shape}')
    return Sets(query, gallery, *_number_groups(groups, shape, one_set), one_set, left_out)


def _number_groups(
    groups: Groups, shape: tuple[int, int], one_set: bool
) -> tuple[np.ndarray | None, np.ndarray | None]:
    if groups is None:
        return None, None
    columns = (groups, groups) if one_set else groups
    query, gallery = number_columns(*columns)
    if shape != (len(query), len(gallery)):
        raise ValueError(
            f'similarity is {shape}, but there are groups for {len(query)} queries and {len(gallery)} gallery '
            f'pictures; with a gallery of its own give groups=(query_groups, gallery_groups)'
        )
    return query, gallery
