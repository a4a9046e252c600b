"""Which gallery images a query may be matched with, and whether that leaves anything to score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jaguar_mm.configs import listed
from jaguar_mm.evaluation.sides import Columns, known
from jaguar_mm.retrieval import Apart
from jaguar_mm.retrieval.columns import is_unknown
from jaguar_mm.retrieval.sets import OTHER, SAME, match_sets

ALL, OTHER_BURSTS = 'all', 'other_bursts'  # names of protocols
GROUP = 'group'  # the column of bursts
SHOWN = 5  # identities that a message names
ROWS = 1024  # queries that are looked at together


@dataclass(frozen=True)
class Protocol:
    """Which gallery images a query may be matched with.

    A blank value belongs to no group: it agrees with no other one and differs from every other one, also from another
    blank.

    Args:
        same: Column or columns in which the two images must agree (``('flank',)``: only the same flank).
        different: Column or columns in which they must differ (``('encounter',)``: the same sighting is left out).
    """

    same: str | Sequence[str] = ()
    different: str | Sequence[str] = ()

    def __post_init__(self) -> None:
        for name in ('same', 'different'):
            object.__setattr__(self, name, listed(getattr(self, name)))  # of one column a config may name it alone

    @property
    def columns(self) -> set[str]:
        """The columns that it looks at."""
        return {*self.same, *self.different}

    def apart(self, query: Columns, gallery: Columns | None) -> Apart:
        """Return which pairs are left out.

        Args:
            query: Columns of the queries (M,).
            gallery: Columns of the gallery (N,); None: the queries are the gallery.

        Raises:
            ValueError: If no image has a value in a column.
        """
        for name in sorted(self.columns):
            values = [value for side in (query, gallery) if side is not None for value in side[name]]
            if all(map(is_unknown, values)):
                raise ValueError(
                    f'the evaluator needs {name!r}, but no image of the test set has one; '
                    f'add it to the dataset and to PackInputs.meta_keys'
                )
        return Apart.by_name(query, gallery, different=self.different, same=self.same)


def honest_protocols(query: Columns, gallery: Columns | None) -> dict[str, Protocol]:
    """Return the protocols of images whose config says nothing.

    Frames of the query's own burst are nearly the same image: found, they say little, and passed over, they are no
    mistake. So where bursts are known (the column ``group``), ``'other_bursts'`` comes first and leaves them out, and
    ``'all'``, with them, stands beside it. Where no query has a match in another burst, only ``'all'`` is left.

    Args:
        query: Columns of the queries (M,), ``identity`` among them.
        gallery: Columns of the gallery (N,); None: the queries are the gallery.
    """
    sides = [side for side in (query, gallery) if side is not None]
    plain = {ALL: Protocol()}
    if not all(GROUP in side for side in sides) or all(is_unknown(value) for side in sides for value in side[GROUP]):
        return plain
    apart = Protocol(different=GROUP)
    answerable, comparable = _matches(query, gallery, apart)
    return {OTHER_BURSTS: apart} | plain if answerable.any() and comparable.any() else plain


def check_answerable(query: Columns, gallery: Columns | None, protocols: Mapping[str, Protocol]) -> list[str]:
    """Look whether every protocol will give a score.

    Args:
        query: Columns of the queries (M,), ``identity`` among them.
        gallery: Columns of the gallery (N,); None: the queries are the gallery.
        protocols: By their names.

    Returns:
        What is not scored, and how often, in sentences.

    Raises:
        ValueError: If no query is of known identity, under a protocol none has a right match or none has a wrong one,
            or no image has a value in a column that it needs.
    """
    is_known, ids = known(query), query['identity']
    if not is_known.any():
        raise ValueError('no query is of known identity, so there would be no score; validate on labelled images')
    notes = _unknown_notes(query, gallery, sorted(set().union(*(protocol.columns for protocol in protocols.values()))))
    for name, protocol in protocols.items():
        answerable, comparable = _matches(query, gallery, protocol)
        if not answerable.any():
            counts = Counter(ids[is_known].tolist()).most_common(SHOWN)
            named = ', '.join(f'{identity!r} has {count}' for identity, count in counts)
            raise ValueError(
                f'no query has a right match under the protocol {name!r}, so there would be no score: of the '
                f'{is_known.sum()} queries of known identity {named}; hold out more images of each identity '
                f'(val_fraction, fewer folds), or change the protocol (same={list(protocol.same)}, '
                f'different={list(protocol.different)})'
            )
        if not comparable.any():
            raise ValueError(
                f'no query has a wrong match under the protocol {name!r}, so there is nothing to score: all are of '
                f'the identity {ids[answerable][0]!r}; add images of others'
            )
        alone = is_known & ~answerable
        if alone.any():
            never = sorted({*ids[alone].tolist()} - {*ids[answerable].tolist()})
            named = f'; never scored: {", ".join(never[:SHOWN])}{", ..." if never[SHOWN:] else ""}' if never else ''
            notes.append(f'{alone.sum()} of {len(ids)} queries have no right match under {name!r}{named}')
    return notes


def _matches(query: Columns, gallery: Columns | None, protocol: Protocol) -> tuple[np.ndarray, np.ndarray]:
    """Return which queries have a right match, and which a wrong one, boolean (M,) each."""
    ids, gallery_ids = query['identity'], None if gallery is None else gallery['identity']
    shape = len(ids), len(ids if gallery_ids is None else gallery_ids)
    sets = match_sets(shape, ids, gallery_ids, groups=protocol.apart(query, gallery))
    right, wrong = np.zeros(shape[0], bool), np.zeros(shape[0], bool)
    for start in range(0, shape[0], ROWS):
        rows = slice(start, min(start + ROWS, shape[0]))
        marks = sets.marks(rows)  # (B, N)
        right[rows], wrong[rows] = (marks == SAME).any(1), (marks == OTHER).any(1)
    return right, wrong


def _unknown_notes(query: Columns, gallery: Columns | None, columns: Sequence[str]) -> list[str]:
    notes = []
    is_known = known(query)
    if not is_known.all():
        notes.append(f'{(~is_known).sum()} of {len(is_known)} queries are of unknown identity and are not scored')
    others = is_known if gallery is None else known(gallery)
    if not others.all():
        notes.append(f'{(~others).sum()} of {len(others)} gallery images are of unknown identity: distractors')
    for name in columns:
        values = [value for side in (query, gallery) if side is not None for value in side[name]]
        if blank := sum(map(is_unknown, values)):
            notes.append(f'{blank} of {len(values)} images have no {name} and share theirs with no other')
    return notes
