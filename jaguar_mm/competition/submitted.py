"""The rows of a submission: read as they are, and checked against those asked for."""

from __future__ import annotations

import math
import os
from typing import NamedTuple

import numpy as np

from jaguar_mm.datasets.tables import SUBMISSION_COLUMNS, PairTable, TableError, read_rows

MANY_TIES = 0.01  # share of rows from which on ties are worth a warning
SAME_ORDER = 0.9  # correlation of sim(a, b) and sim(b, a) below which rows cannot be joined rightly


class Finding(NamedTuple):
    """One thing the doctor saw.

    Attributes:
        level: ``'ok'``, ``'warning'`` or ``'error'``.
        text: One plain sentence.
    """

    level: str
    text: str


def read_submitted(submission: str | os.PathLike) -> dict[str, float]:
    """Read row id to similarity, NaN where it is no number; columns other than the two are an error."""
    rows = read_rows(submission, SUBMISSION_COLUMNS, unique=('row_id',))
    columns = tuple(rows[0].values)
    if columns != SUBMISSION_COLUMNS:
        raise TableError(f'{submission}: the columns must be {",".join(SUBMISSION_COLUMNS)}, not {",".join(columns)}')
    return {row.values['row_id']: _number(row.values['similarity']) for row in rows}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def check_rows(values: dict[str, float], pairs: PairTable) -> Finding:
    """Compare the row ids with those asked for."""
    missing = [row_id for row_id in pairs.row_ids if row_id not in values]
    if missing:
        return Finding('error', f'{len(missing)} rows of {pairs.path} are missing, the first is row_id {missing[0]}')
    asked = set(pairs.row_ids)
    unknown = [row_id for row_id in values if row_id not in asked]
    if unknown:
        return Finding('error', f'{len(unknown)} rows are not in {pairs.path}, the first is row_id {unknown[0]}')
    if list(values) != pairs.row_ids:
        return Finding('warning', f'all {len(values)} rows are there, but in another order than in {pairs.path}')
    return Finding('ok', f'all {len(values)} rows of {pairs.path} are there, in its order')


def check_range(values: dict[str, float]) -> Finding:
    """Look for similarities that are no finite number or outside [0, 1]."""
    numbers = np.array(list(values.values()))
    row_ids = list(values)
    for wrong, what in ((~np.isfinite(numbers), 'no finite number'), ((numbers < 0) | (numbers > 1), 'outside [0, 1]')):
        if wrong.any():
            first = row_ids[int(np.flatnonzero(wrong)[0])]
            return Finding('error', f'{wrong.sum()} similarities are {what}, the first is at row_id {first}')
    return Finding('ok', f'all similarities are finite and lie in [{numbers.min():.4g}, {numbers.max():.4g}]')


def check_ties(values: np.ndarray, pairs: PairTable) -> Finding:
    """Count the rows that share their similarity with another row of their query."""
    query = np.unique(pairs.query, return_inverse=True)[1]
    _, place, count = np.unique(np.stack([query, values], axis=1), axis=0, return_inverse=True, return_counts=True)
    tied = float((count[place] > 1).mean())
    if np.ptp(values) == 0:
        return Finding('error', f'every similarity is {values[0]}')
    if tied > MANY_TIES:
        lowest = float((values == values.min()).mean())
        cut_off = f'; {lowest:.1%} have the lowest value: (1 + cosine) / 2 keeps an order that cutting off at 0 loses'
        return Finding(
            'warning',
            f'{tied:.1%} of the rows tie with another row of their query, and the order of ties is not specified'
            f'{cut_off if lowest > MANY_TIES else ""}',
        )
    return Finding('ok', f'{tied:.2%} of the rows tie with another row of their query')


def check_symmetry(values: np.ndarray, pairs: PairTable) -> Finding:
    """Compare sim(a, b) with sim(b, a)."""
    there = dict(zip(zip(pairs.query, pairs.gallery, strict=True), values.tolist(), strict=True))
    both = np.array([(value, there[b, a]) for (a, b), value in there.items() if (b, a) in there])
    if not len(both):
        return Finding('ok', 'no pair is asked for in both directions')
    gap = float(np.abs(both[:, 0] - both[:, 1]).max())
    if gap <= 1e-6:
        return Finding('ok', 'sim(a, b) equals sim(b, a) for all pairs')
    correlation = float(np.corrcoef(both.T)[0, 1])
    if correlation < SAME_ORDER:
        return Finding(
            'error',
            f'sim(a, b) and sim(b, a) hardly agree (correlation {correlation:.3f}): the rows were probably not joined '
            f'with {pairs.path} by its image columns',
        )
    return Finding('ok', f'sim(a, b) and sim(b, a) differ by up to {gap:.2g} (correlation {correlation:.3f})')
