r"""What a table may call images and individuals: paths below one folder, and spellings that can be told apart.

==============================================  ========================================================
In the table                                    Answer
==============================================  ========================================================
image name with ``..``, ``.`` or ``//``         refused by line: it leads out, or is a second spelling
absolute path: ``/``, ``C:``, ``\\server``       refused by line
backslash                                       refused by line: write ``/``
names or identities that differ only in case    refused by both lines: one file on many disks, one animal
names or identities equal in NFC, not in bytes  refused by both lines: nobody can see a difference
==============================================  ========================================================

A table may write all its names in NFC or all in NFD; :func:`~jaguar_mm.datasets.images.locate_images` finds both.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath, PureWindowsPath
from unicodedata import normalize

from jaguar_mm.storage.csv_gate import Row, TableError


def check_names(path: str | os.PathLike, rows: Sequence[Row], *columns: str, unit: str = 'line') -> None:
    """Refuse image names that are no path below a folder, or that look like another name of these columns.

    Args:
        path: The table, for the message.
        rows: Its rows.
        columns: Columns that hold image names.
        unit: What a row's number counts, for the message.

    Raises:
        TableError: At the first such name.
    """
    lines = _first_lines(rows, columns)
    for name, line in lines.items():
        if not is_below(name):
            raise TableError(
                f'{path}: {unit} {line}: {name!r} is no plain path below the folder of the images; '
                f"write it relative to that folder, with / between folders, and without '..', '.' or '//'"
            )
    _check_spellings(path, lines, unit)


def check_labels(path: str | os.PathLike, rows: Sequence[Row], *columns: str, unit: str = 'line') -> None:
    """Refuse values, such as identities, that look like another value of their column.

    Args:
        path: The table, for the message.
        rows: Its rows.
        columns: Columns to look at, each by itself.
        unit: What a row's number counts, for the message.

    Raises:
        TableError: At the first such value.
    """
    for column in columns:
        _check_spellings(path, _first_lines(rows, (column,)), unit)


def is_below(name: str) -> bool:
    """Whether an image name is a plain path below one folder, on any system."""
    parts = PurePosixPath(name).parts
    is_plain = '/'.join(parts) == name and '..' not in parts and '\\' not in name
    return is_plain and not PureWindowsPath(name).anchor


def _first_lines(rows: Sequence[Row], columns: Sequence[str]) -> dict[str, int]:
    """Return every value of some columns with the line where it comes first."""
    lines: dict[str, int] = {}
    for row in rows:
        for column in columns:
            lines.setdefault(row.values[column], row.line)
    return lines


def _check_spellings(path: str | os.PathLike, lines: Mapping[str, int], unit: str) -> None:
    seen: dict[str, str] = {}
    for value, line in lines.items():
        other = seen.setdefault(_folded(value), value)
        if other != value:
            same = normalize('NFC', value) == normalize('NFC', other)
            raise TableError(
                f'{path}: {unit} {line}: {value!a} and {other!a} of {unit} {lines[other]} differ only in '
                f'{"the encoding of accents (NFC, NFD)" if same else "case"}; '
                f'spell them alike, or give one another name if they are two'
            )


def _folded(value: str) -> str:
    """Return what all spellings of a value that differ in case or in the encoding of accents share."""
    return normalize('NFC', normalize('NFD', value).casefold())
