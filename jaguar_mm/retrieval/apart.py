"""Which pairs of a query and a gallery image are left out: bursts, sightings, other flanks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from jaguar_mm.kernels import kernel
from jaguar_mm.retrieval.columns import number_columns

Column: TypeAlias = 'Sequence | tuple[Sequence, Sequence]'  # (M,) for one set, ((M,), (N,)) with a gallery of its own


@dataclass(frozen=True, eq=False)
class Apart:
    """The pairs that a retrieval leaves out.

    A blank value (see :func:`~jaguar_mm.retrieval.columns.is_unknown`) belongs to no group: it differs from every
    value, other blanks included. So an image without an encounter is left out with nobody where encounters must differ,
    and one without a flank with everybody where flanks must agree.

    Args:
        different: Columns in which two images must differ, such as group or encounter: a value for each image (M,), or
            with a gallery of its own a pair of columns (M,) and (N,).
        same: Columns in which they must agree, such as the flank.
    """

    different: Sequence[Column] = ()
    same: Sequence[Column] = ()

    @classmethod
    def by_name(
        cls,
        query: Mapping[str, Sequence],
        gallery: Mapping[str, Sequence] | None = None,
        *,
        different: Sequence[str] = (),
        same: Sequence[str] = (),
    ) -> Apart:
        """Take the columns from tables by their names.

        Args:
            query: Name to values (M,).
            gallery: Name to values (N,); None: the queries are the gallery.
            different: Names of columns in which two images must differ.
            same: Names of columns in which they must agree.

        Raises:
            ValueError: If a table lacks a column.
        """

        def column(name: str) -> Column:
            for table in (query, gallery):
                if table is not None and name not in table:
                    raise ValueError(f'there is no column {name!r} to tell pairs apart by, only {", ".join(table)}')
            return query[name] if gallery is None else (query[name], gallery[name])

        return cls(tuple(map(column, different)), tuple(map(column, same)))


Groups: TypeAlias = 'Apart | Column | None'  # a column alone: images of one group are left out


class PairCodes(NamedTuple):
    """Columns as numbers, the same for the same value; a blank is -1 among the queries, -2 in the gallery.

    Attributes:
        different_query: (M, C), int32.
        different_gallery: (N, C).
        same_query: (M, S).
        same_gallery: (N, S).
    """

    different_query: np.ndarray
    different_gallery: np.ndarray
    same_query: np.ndarray
    same_gallery: np.ndarray

    @property
    def nothing(self) -> bool:
        """Whether no pair is left out."""
        return not self.different_query.shape[1] and not self.same_query.shape[1]

    def mark(self, marks: np.ndarray, rows: slice, value: float) -> None:
        """Write ``value`` to ``marks`` (B, N) of some queries wherever a pair is left out."""
        for query, gallery in zip(self.different_query.T, self.different_gallery.T, strict=True):
            marks[query[rows, None] == gallery] = value
        for query, gallery in zip(self.same_query.T, self.same_gallery.T, strict=True):
            marks[query[rows, None] != gallery] = value


def pair_codes(apart: Groups, shape: tuple[int, int], one_set: bool) -> PairCodes:
    """Number the columns.

    Args:
        apart: An :class:`Apart`, a column of groups, or None.
        shape: Queries and gallery images (M, N).
        one_set: Whether the queries are the gallery.

    Raises:
        ValueError: If a column does not fit the shape.
    """
    if not isinstance(apart, Apart):
        apart = Apart() if apart is None else Apart(different=(apart,))
    return PairCodes(*_codes(apart.different, shape, one_set), *_codes(apart.same, shape, one_set))


@kernel()
def left_out(codes: PairCodes, i: int, j: int) -> bool:
    """Say whether query i and gallery image j are left out."""
    out = False
    for c in range(codes.different_query.shape[1]):
        out |= codes.different_query[i, c] == codes.different_gallery[j, c]
    for c in range(codes.same_query.shape[1]):
        out |= codes.same_query[i, c] != codes.same_gallery[j, c]
    return out


def _codes(columns: Sequence[Column], shape: tuple[int, int], one_set: bool) -> tuple[np.ndarray, np.ndarray]:
    query, gallery = (np.empty((count, len(columns)), np.int32) for count in shape)
    for c, column in enumerate(columns):
        sides = (column, column) if one_set else column
        numbers = number_columns(*sides)
        if shape != tuple(map(len, numbers)):
            raise ValueError(
                f'similarity is {shape}, but there are groups for {len(numbers[0])} queries and {len(numbers[1])} '
                f'gallery images; with a gallery of its own give a pair (query_groups, gallery_groups)'
            )
        query[:, c], gallery[:, c] = numbers
    return query, gallery
