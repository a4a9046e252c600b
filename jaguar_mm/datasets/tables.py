"""The CSV tables of the competition: images with identities, pairs of images, similarities.

Which files and values are read and which refused is said in :mod:`~jaguar_mm.storage.csv_gate` and
:mod:`~jaguar_mm.datasets.names`. Two identities for one image are refused by line.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass

from jaguar_mm.datasets.names import check_labels, check_names
from jaguar_mm.storage.csv_gate import TableError, read_rows

IDENTITY_COLUMNS = ('filename', 'ground_truth')
PAIR_COLUMNS = ('row_id', 'query_image', 'gallery_image')
SUBMISSION_COLUMNS = ('row_id', 'similarity')


@dataclass(frozen=True)
class PairTable:
    """The pairs of images whose similarity is asked for (``test.csv``), in the file's order.

    Attributes:
        path: The file.
        row_ids: Row ids as written (N,).
        query: Names of the query images (N,).
        gallery: Names of the gallery images (N,).
    """

    path: str
    row_ids: list[str]
    query: list[str]
    gallery: list[str]

    @property
    def names(self) -> list[str]:
        """Every image of the table once, sorted."""
        return sorted({*self.query, *self.gallery})


def is_pair_table(path: str | os.PathLike) -> bool:
    """Whether the file's header is that of a pair table; a file that cannot be read is none."""
    try:
        with open(path, encoding='utf-8-sig', newline='') as file:
            return set(PAIR_COLUMNS) <= set(next(filter(None, csv.reader(file)), ()))
    except (OSError, UnicodeDecodeError, csv.Error):
        return False


def read_identities(path: str | os.PathLike) -> dict[str, str]:
    """Read ``train.csv`` or ``solution.csv``: image name to identity, in the file's order.

    Raises:
        FileNotFoundError, TableError: See :func:`read_rows`; also if an image has two identities.
    """
    rows = read_rows(path, IDENTITY_COLUMNS, unique=IDENTITY_COLUMNS)
    check_names(path, rows, 'filename')
    check_labels(path, rows, 'ground_truth')
    identities: dict[str, str] = {}
    for line, values in rows:
        name, identity = (values[column] for column in IDENTITY_COLUMNS)
        if identities.setdefault(name, identity) != identity:
            raise TableError(
                f'{path}: line {line} calls {name!r} {identity!r}, an earlier line {identities[name]!r}; '
                f'keep one identity for each image'
            )
    return identities


def read_pairs(path: str | os.PathLike) -> PairTable:
    """Read ``test.csv``.

    Raises:
        FileNotFoundError, TableError: See :func:`read_rows`; row ids must be unique.
    """
    rows = read_rows(path, PAIR_COLUMNS, unique=('row_id',))
    check_names(path, rows, 'query_image', 'gallery_image')
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
