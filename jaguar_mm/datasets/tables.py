"""The CSV tables of the competition, read with exact checks of their columns and rows."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

IDENTITY_COLUMNS = ('filename', 'ground_truth')
PAIR_COLUMNS = ('row_id', 'query_image', 'gallery_image')
SUBMISSION_COLUMNS = ('row_id', 'similarity')


class TableError(ValueError):
    """A table that cannot be used; the message names the file, the line or column, and what to do."""


class Row(NamedTuple):
    """One row of a table.

    Attributes:
        line: Line of the file in which the row ends; the header is line 1.
        values: Column name to text.
    """

    line: int
    values: dict[str, str]


@dataclass(frozen=True)
class PairTable:
    """The pairs of pictures whose similarity is asked for (``test.csv``), in the file's order.

    Attributes:
        path: The file.
        row_ids: Row ids as written (N,).
        query: Names of the query pictures (N,).
        gallery: Names of the gallery pictures (N,).
    """

    path: str
    row_ids: list[str]
    query: list[str]
    gallery: list[str]

    @property
    def names(self) -> list[str]:
        """Every picture of the table once, sorted."""
        return sorted({*self.query, *self.gallery})


def read_rows(path: str | os.PathLike, required: Sequence[str], unique: Sequence[str]) -> list[Row]:
    """Read a CSV file with a header; a byte-order mark and further columns are accepted.

    Args:
        path: The file, UTF-8.
        required: Columns that must be there, with a value in every row.
        unique: Columns whose values together may occur only once.

    Returns:
        The rows in the file's order, at least one.

    Raises:
        FileNotFoundError: If the file is absent.
        TableError: If it is no such table.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f'{path}: no such table; check data_root and ann_file')
    seen: dict[tuple[str, ...], int] = {}
    rows = []
    for row in _checked_rows(path, required):
        key = tuple(row.values[column] for column in unique)
        first = seen.setdefault(key, row.line)
        if first != row.line:
            named = ', '.join(f'{column} {value!r}' for column, value in zip(unique, key, strict=True))
            raise TableError(f'{path}: line {row.line} repeats {named} of line {first}; keep one of them')
        rows.append(row)
    if not rows:
        raise TableError(f'{path}: the table has no rows')
    return rows


def is_pair_table(path: str | os.PathLike) -> bool:
    """Whether the file's header is that of a pair table; a file that cannot be read is none."""
    try:
        with open(path, encoding='utf-8-sig', newline='') as file:
            return set(PAIR_COLUMNS) <= set(next(csv.reader(file), ()))
    except (OSError, UnicodeDecodeError, csv.Error):
        return False


def read_identities(path: str | os.PathLike) -> dict[str, str]:
    """Read ``train.csv`` or ``solution.csv``: picture name to identity, in the file's order.

    Raises:
        FileNotFoundError, TableError: See :func:`read_rows`; also if a picture has two identities.
    """
    identities: dict[str, str] = {}
    for line, values in read_rows(path, IDENTITY_COLUMNS, unique=IDENTITY_COLUMNS):
        name, identity = (values[column] for column in IDENTITY_COLUMNS)
        if identities.setdefault(name, identity) != identity:
            raise TableError(
                f'{path}: line {line} calls {name!r} {identity!r}, an earlier line {identities[name]!r}; '
                f'keep one identity for each picture'
            )
    return identities


def read_pairs(path: str | os.PathLike) -> PairTable:
    """Read ``test.csv``.

    Raises:
        FileNotFoundError, TableError: See :func:`read_rows`; row ids must be unique.
    """
    rows = read_rows(path, PAIR_COLUMNS, unique=('row_id',))
    columns = ([row.values[column] for row in rows] for column in PAIR_COLUMNS)
    return PairTable(str(path), *columns)


def read_similarities(path: str | os.PathLike) -> dict[str, float]:
    """Read ``submission.csv`` or ``sample_submission.csv``: row id to similarity, in the file's order.

    Raises:
        FileNotFoundError, TableError: See :func:`read_rows`; similarities must be numbers in [0, 1].
    """
    similarities = {}
    for line, values in read_rows(path, SUBMISSION_COLUMNS, unique=('row_id',)):
        try:
            similarity = float(values['similarity'])
        except ValueError:
            similarity = float('nan')
        if not 0 <= similarity <= 1:
            raise TableError(f'{path}: line {line}: similarity {values["similarity"]!r} is no number in [0, 1]')
        similarities[values['row_id']] = similarity
    return similarities


def _checked_rows(path: str | os.PathLike, required: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a CSV file, each as long as the header and with every required value."""
    try:
        with open(path, encoding='utf-8-sig', newline='') as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            _check_header(path, header, required)
            for fields in filter(None, reader):  # a blank line is no row
                if len(fields) != len(header):
                    raise TableError(f'{path}: line {reader.line_num} has {len(fields)} values, not {len(header)}')
                values = dict(zip(header, fields, strict=True))
                empty = [column for column in required if not values[column]]
                if empty:
                    raise TableError(f'{path}: line {reader.line_num} has no value for {empty[0]!r}')
                yield Row(reader.line_num, values)
    except (UnicodeDecodeError, csv.Error) as error:
        raise TableError(f'{path}: not a CSV file in UTF-8 ({error})') from error


def _check_header(path: str | os.PathLike, header: list[str], required: Sequence[str]) -> None:
    missing = [column for column in required if column not in header]
    if missing:
        raise TableError(f'{path}: column {missing[0]!r} is missing; the header reads {",".join(header)!r}')
    if len(set(header)) != len(header):
        raise TableError(f'{path}: the header names a column twice: {",".join(header)!r}')
