"""The gate through which every CSV file comes in: its rows, or one sentence that says what is wrong and where.

==============================================  ========================================================
In the file                                     Answer
==============================================  ========================================================
byte-order mark; CRLF or lone CR; quotes        read
further columns, blank lines, no last newline   read, and left alone
columns without a name or a value at the end    left alone, likewise rows without a value: Excel's
value in a column without a name                refused by line
empty file, header without rows                 refused
column missing or named twice                   refused with the header
semicolons or tabs instead of commas            refused: save it with commas
UTF-16, NUL byte, bytes that are no UTF-8       refused by line: save it as UTF-8
quote that is not closed, value over 128 KiB    refused by the line on which its row begins
row that is too long or too short               refused by line
row that comes twice                            refused by both lines
value missing in a column that is used          refused by line
spaces around a used column's name or value     refused (by line): taken off, they could make two names one
invisible character in a used column's value    refused by line: control, zero width, no-break space
==============================================  ========================================================

What the values may be is said in :mod:`~jaguar_mm.datasets.names` for names, and in
:mod:`~jaguar_mm.datasets.images` for the files they name.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple


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


def read_rows(
    path: str | os.PathLike, required: Sequence[str], unique: Sequence[str], optional: Sequence[str] = ()
) -> list[Row]:
    """Read a CSV file with a header.

    Args:
        path: The file, UTF-8.
        required: Columns that must be there, with a value in every row.
        unique: Columns whose values together may occur only once.
        optional: Columns that are used if they are there; a value may be empty.

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
    for row in _checked_rows(path, required, optional):
        key = tuple(row.values[column] for column in unique)
        first = seen.setdefault(key, row.line)
        if first != row.line:
            named = ', '.join(f'{column} {value!r}' for column, value in zip(unique, key, strict=True))
            raise TableError(f'{path}: line {row.line} repeats {named} of line {first}; keep one of them')
        rows.append(row)
    if not rows:
        raise TableError(f'{path}: the table has no rows')
    return rows


def find_flaw(value: str) -> str | None:
    """Return what makes a value look like another one, if anything does."""
    if value != value.strip():
        return 'a space at an end'
    if value.isprintable():
        return None
    hidden = next(character for character in value if not character.isprintable())
    return f'an invisible character (U+{ord(hidden):04X})'


def _checked_rows(path: str | os.PathLike, required: Sequence[str], optional: Sequence[str]) -> Iterator[Row]:
    """Yield the rows below the header, each as long as the header and sound in every used value."""
    lines = _parsed(path)
    _, header = next(lines, (1, []))
    width = len(header)  # with the columns at the end that have no name
    header = _without_empty_end(header)
    _check_header(path, header, required)
    used = [*required, *(column for column in optional if column in header)]
    for line, fields in lines:
        if not any(fields):
            continue
        if len(fields) not in (len(header), width):
            raise TableError(f'{path}: line {line} has {len(fields)} values, not {len(header)}')
        if any(fields[len(header) :]):
            raise TableError(f'{path}: line {line} has a value in a column without a name; name or delete the column')
        values = dict(zip(header, fields, strict=False))
        empty = [column for column in required if not values[column]]
        if empty:
            raise TableError(f'{path}: line {line} has no value for {empty[0]!r}')
        for column in used:
            if flaw := find_flaw(values[column]):
                raise TableError(f'{path}: line {line}: {column} {values[column]!r} has {flaw}; remove it')
        yield Row(line, values)


def _without_empty_end(header: list[str]) -> list[str]:
    """Return a header without the columns at its end that have no name."""
    named = [place for place, name in enumerate(header, 1) if name]
    return header[: max(named, default=0)]


def _parsed(path: str | os.PathLike) -> Iterator[tuple[int, list[str]]]:
    """Yield the line in which a row ends and its fields; a blank line is no row."""
    reader = csv.reader(io.StringIO(_text(path), newline=''), strict=True)
    ended = 0
    try:
        for fields in reader:
            ended = reader.line_num
            if fields:
                yield ended, fields
    except csv.Error as error:
        raise TableError(f'{path}: line {ended + 1}: not a CSV file ({error}); look at the quotes there') from error


def _text(path: str | os.PathLike) -> str:
    content = Path(path).read_bytes()
    nul = content.find(b'\0')
    if nul >= 0:
        line = len(content[: nul + 1].splitlines())
        raise TableError(f'{path}: line {line} has a NUL byte: UTF-16, or damaged; save it as CSV in UTF-8')
    try:
        return content.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        line = len(error.object[: error.start + 1].splitlines())
        raise TableError(f'{path}: line {line}: not a CSV file in UTF-8 ({error.reason}); save it as UTF-8') from error


def _check_header(path: str | os.PathLike, header: list[str], required: Sequence[str]) -> None:
    shown = repr(','.join(header)[:200])
    missing = [column for column in required if column not in header]
    if missing:
        hint = _hint(header, missing[0])
        raise TableError(f'{path}: column {missing[0]!r} is missing; the header reads {shown}{hint}')
    if len(set(header)) != len(header):
        raise TableError(f'{path}: the header names a column twice: {shown}')


def _hint(header: list[str], missing: str) -> str:
    """Return what probably happened to a header."""
    if not header:
        return '; the file is empty'
    separators = [separator for separator in (';', '\t', '|') if separator in header[0]]
    if len(header) == 1 and separators:
        return f'; separate its values by commas, not by {separators[0]!r}'
    return '; remove the spaces around its name' if missing in [name.strip() for name in header] else ''
