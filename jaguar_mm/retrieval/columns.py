"""Columns of identities, groups or flanks as numbers, and what in them is no value at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def is_unknown(value: object) -> bool:
    """Whether a value names nobody and nothing: None, an empty text, NaN, pandas's NaT or NA."""
    if value is None or (isinstance(value, str) and not value):
        return True
    try:
        return bool(value != value)
    except TypeError:  # pandas's NA is neither true nor false
        return True


def number_columns(first: Sequence, second: Sequence) -> tuple[np.ndarray, np.ndarray]:
    """Number the values of two columns together, in the order in which they come.

    Args:
        first: Values (M,): a list, an array, a tensor, a pandas series.
        second: Likewise (N,).

    Returns:
        int32 (M,) and (N,): equal numbers where values are equal. An unknown value is -1 in the first column and -2 in
        the second, so that it equals no other, not even another unknown one.
    """
    codes: dict = {}
    return _number(first, codes, -1), _number(second, codes, -2)


def _number(column: Sequence, codes: dict, unknown: int) -> np.ndarray:
    values = column.tolist() if hasattr(column, 'tolist') else column
    return np.array(
        [unknown if is_unknown(value) else codes.setdefault(value, len(codes)) for value in values], np.int32
    )
