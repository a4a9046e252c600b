"""Groups of images that no split may part: the ``group`` column of a table."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from jaguar_mm.datasets.listed import listed_images
from jaguar_mm.datasets.names import check_labels, check_names
from jaguar_mm.storage.csv_gate import Row, TableError, read_rows
from jaguar_mm.storage.files import csv_text

GROUP = 'group'
NAMES = ('filename', 'path')  # columns that name images; the first one that a table has counts
IDENTITIES = ('ground_truth', 'identity')  # likewise of identities


class ImageTable(NamedTuple):
    """A table of images without groups.

    Attributes:
        rows: Its rows.
        names: Image names (N,), each once.
        identities: Identity of each (N,), None where unknown.
    """

    rows: list[Row]
    names: list[str]
    identities: list[str | None]


def read_images(path: str | os.PathLike) -> ImageTable:
    """Read any table with a column ``filename`` or ``path`` and, if there is one, ``ground_truth`` or ``identity``.

    Raises:
        FileNotFoundError, TableError: See :func:`read_rows`; also if there is a column ``group`` already.
    """
    name_column = NAMES[1] if _is_named_by_path(path) else NAMES[0]
    rows = read_rows(path, (name_column,), unique=(name_column,), optional=IDENTITIES)
    if GROUP in rows[0].values:
        raise TableError(f'{path}: has a column {GROUP!r} already; remove it, or give the table as it was before')
    check_names(path, rows, name_column)
    known = [column for column in IDENTITIES if column in rows[0].values][:1]
    identities = [next((row.values[column] for column in known), None) or None for row in rows]
    return ImageTable(rows, [row.values[name_column] for row in rows], identities)


def list_images(folder: str | os.PathLike) -> ImageTable:
    """Return the images in and below a folder as a table with a column ``filename``; nobody knows whom they show.

    Raises:
        FileNotFoundError: If there are none.
    """
    names, _ = listed_images(Path(folder))
    rows = [Row(line, {NAMES[0]: name}) for line, name in enumerate(names, 2)]
    return ImageTable(rows, names, [None] * len(names))


def grouped_csv(rows: Sequence[Row], groups: Sequence[str]) -> str:
    """Return a table with a further column ``group`` as CSV text.

    Args:
        rows: Its rows (N,), at least one.
        groups: The group of each (N,).
    """
    header = [*rows[0].values, GROUP]
    return csv_text(header, [[*row.values.values(), group] for row, group in zip(rows, groups, strict=True)])


def read_groups(path: str | os.PathLike, names: Sequence[str]) -> dict[str, str]:
    """Read the groups of some images from a table with the columns ``filename`` and ``group``.

    Args:
        path: The table; images that are not asked for are left alone.
        names: The images that must be there.

    Returns:
        Image name to group.

    Raises:
        FileNotFoundError, TableError: See :func:`read_rows`; also if an image is not there.
    """
    rows = read_rows(path, (NAMES[0], GROUP), unique=(NAMES[0],))
    check_labels(path, rows, GROUP)
    groups = {row.values[NAMES[0]]: row.values[GROUP] for row in rows}
    missing = [name for name in names if name not in groups]
    if missing:
        raise TableError(
            f'{path}: has no group for {len(missing)} of {len(names)} images, the first is {missing[0]!r}; '
            f'make it again with jaguar-mm find-duplicates'
        )
    return {name: groups[name] for name in names}


def _is_named_by_path(path: str | os.PathLike) -> bool:
    """Whether a file's header has ``path`` but not ``filename``; one that cannot be read has neither."""
    try:
        with open(path, encoding='utf-8-sig', newline='') as file:
            header = next(filter(None, csv.reader(file)), ())
    except (OSError, UnicodeDecodeError, csv.Error):
        return False
    return NAMES[1] in header and NAMES[0] not in header
