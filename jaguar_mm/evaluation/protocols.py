"""Which gallery images a query may be matched with, and whether that leaves anything to score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jaguar_mm.evaluation.gathered import PictureSet
from jaguar_mm.retrieval.columns import is_unknown, number_columns
from jaguar_mm.retrieval.sets import OTHER, SAME, match_sets

SHOWN = 5  # identities that a message names


@dataclass(frozen=True)
class Protocol:
    """Which gallery pictures a query may be matched with.

    A blank value belongs to no group: it agrees with no other one and differs from every other one, also from another
    blank.

    Args:
        same: Columns in which the two pictures must agree (``('flank',)``: only the same flank).
        different: Columns in which they must differ (``('encounter',)``: the same sighting is left out).
    """

    same: Sequence[str] = ()
    different: Sequence[str] = ()

    @property
    def columns(self) -> set[str]:
        """The columns that it looks at."""
        return {*self.same, *self.different}

    def ignore(self, query: PictureSet, gallery: PictureSet) -> np.ndarray | None:
        """Return which pairs are left out, boolean (M, N), or None if none is.

        Raises:
            ValueError: If no picture has a value in a column.
        """
        ignored = None
        for columns, agree in ((self.same, False), (self.different, True)):
            for name in columns:
                equal = _equal(query, gallery, name)
                left_out = equal if agree else ~equal
                ignored = left_out if ignored is None else ignored | left_out
        return ignored


def check_answerable(query: PictureSet, gallery: PictureSet | None, protocols: Mapping[str, Protocol]) -> list[str]:
    """Look whether every protocol will give a score.

    Args:
        query: The query pictures (M).
        gallery: The gallery pictures (N); None: the queries are the gallery.
        protocols: By their names.

    Returns:
        What is not scored, and how often, in sentences.

    Raises:
        ValueError: If no query is of known identity, under a protocol none has a right match or none has a wrong one,
            or no picture has a value in a column that it needs.
    """
    if not query.known.any():
        raise ValueError('no query is of known identity, so there would be no score; validate on labelled images')
    others = gallery or query
    notes = _unknown_notes(query, gallery, sorted(set().union(*(protocol.columns for protocol in protocols.values()))))
    for name, protocol in protocols.items():
        ids, gallery_ids = query.fields['identity'], None if gallery is None else gallery.fields['identity']
        sets = match_sets((len(query), len(others)), ids, gallery_ids, protocol.ignore(query, others))
        marks = sets.marks(slice(0, len(query)))  # (M, N)
        answerable = (marks == SAME).any(1)
        if not answerable.any():
            counts = Counter(ids[query.known].tolist()).most_common(SHOWN)
            named = ', '.join(f'{identity!r} has {count}' for identity, count in counts)
            raise ValueError(
                f'no query has a right match under the protocol {name!r}, so there would be no score: of the '
                f'{query.known.sum()} queries of known identity {named}; hold out more images of each identity '
                f'(val_fraction, fewer folds), or change the protocol (same={list(protocol.same)}, '
                f'different={list(protocol.different)})'
            )
        if not (marks == OTHER).any():
            raise ValueError(
                f'no query has a wrong match under the protocol {name!r}, so there is nothing to score: all are of '
                f'the identity {ids[answerable][0]!r}; add images of others'
            )
        alone = query.known & ~answerable
        if alone.any():
            never = sorted({*ids[alone].tolist()} - {*ids[answerable].tolist()})
            named = f'; never scored: {", ".join(never[:SHOWN])}{", ..." if never[SHOWN:] else ""}' if never else ''
            notes.append(f'{alone.sum()} of {len(query)} queries have no right match under {name!r}{named}')
    return notes


def _unknown_notes(query: PictureSet, gallery: PictureSet | None, columns: Sequence[str]) -> list[str]:
    notes = []
    if not query.known.all():
        notes.append(f'{(~query.known).sum()} of {len(query)} queries are of unknown identity and are not scored')
    others = gallery or query
    if not others.known.all():
        notes.append(f'{(~others.known).sum()} of {len(others)} gallery images are of unknown identity: distractors')
    for name in columns:
        values = [value for side in (query, gallery) if side is not None for value in side.fields[name]]
        if blank := sum(map(is_unknown, values)):
            notes.append(f'{blank} of {len(values)} images have no {name} and share theirs with no other')
    return notes


def _equal(query: PictureSet, gallery: PictureSet, name: str) -> np.ndarray:
    """Return which pairs have the same value in a column, boolean (M, N)."""
    first, second = number_columns(query.fields[name], gallery.fields[name])
    if (first < 0).all() and (second < 0).all():
        raise ValueError(
            f'the evaluator needs {name!r}, but no image of the test set has one; '
            f'add it to the dataset and to PackInputs.meta_keys'
        )
    return first[:, None] == second
