"""Similarities to the competition's ``submission.csv``, joined on the two image columns of ``test.csv``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from jaguar_mm.datasets.tables import PairTable
from jaguar_mm.images import image_fingerprint
from jaguar_mm.images.embedded import PATH
from jaguar_mm.retrieval import Ranking
from jaguar_mm.storage import EmbeddingSet
from jaguar_mm.storage.files import csv_fields, file_digest, whole_file, write_whole

ROWS_AT_ONCE = 10_000


def submit(pairs: PairTable, images: EmbeddingSet, ranking: Ranking, stage: str, out_file: str | os.PathLike) -> int:
    """Write a ranking of images among themselves as a submission, and its record beside it.

    Args:
        pairs: The rows asked for.
        images: The images (N), with the column ``path``.
        ranking: Of them (N, N).
        stage: Name of the stage that made it.
        out_file: File to write.

    Returns:
        Number of rows written.

    Raises:
        ValueError: See :func:`write_pair_submission`; also if it is not known where the images lie.
    """
    paths = images.column(PATH)
    rows = write_pair_submission(pairs, images.names, ranking.to_unit_interval(ranking.matrix()), out_file)
    write_submission_record(out_file, dict(zip(images.names, paths, strict=True)), stage)
    return rows


def write_pair_submission(
    pairs: PairTable, names: Sequence[str], similarity: np.ndarray, out_file: str | os.PathLike
) -> int:
    """Write one similarity for every row of the pair table, in the table's order and with its row ids.

    Args:
        pairs: The rows asked for.
        names: Image name of each row and column of the matrix (N,).
        similarity: Values in [0, 1], float64 (N, N); written with every digit, so that order and ties are kept.
        out_file: File to write, some rows at a time; appears only once it is whole.

    Returns:
        Number of rows written.

    Raises:
        ValueError: If an image of the table has no embedding, or a similarity is not in [0, 1].
    """
    position = {name: index for index, name in enumerate(names)}
    missing = sorted({name for name in (*pairs.query, *pairs.gallery) if name not in position})
    if missing:
        raise ValueError(
            f'{pairs.path}: {len(missing)} images have no embedding, the first is {missing[0]!r}; '
            f'evaluate every image of the table before writing a submission'
        )
    with whole_file(out_file) as file:
        file.write(b'row_id,similarity\n')
        for lines in _blocks_of_lines(pairs, position, similarity):
            file.write(lines.encode('utf-8'))
    return len(pairs.row_ids)


def write_submission_record(submission: str | os.PathLike, images: dict[str, str | os.PathLike], stage: str) -> Path:
    """Write beside a submission which images it is of, for the submission doctor.

    Args:
        submission: The submission; the record has its name with the ending ``.json``.
        images: Name and file of every test image.
        stage: Name of the stage whose similarities were submitted.

    Returns:
        The record's path.
    """
    record = {
        'submission': Path(submission).name,
        'sha256': file_digest(submission),
        'stage': stage,
        'images': len(images),
        'fingerprint': image_fingerprint(images),
    }
    return write_whole(record_path(submission), json.dumps(record, indent=1, ensure_ascii=False) + '\n')


def record_path(submission: str | os.PathLike) -> Path:
    """Return where the record of a submission lies."""
    return Path(submission).with_suffix('.json')


def _blocks_of_lines(pairs: PairTable, position: dict[str, int], similarity: np.ndarray) -> Iterator[str]:
    """Yield the lines of successive rows of the table as text."""
    for start in range(0, len(pairs.row_ids), ROWS_AT_ONCE):
        block = slice(start, start + ROWS_AT_ONCE)
        row_ids = pairs.row_ids[block]
        values = similarity[
            [position[name] for name in pairs.query[block]], [position[name] for name in pairs.gallery[block]]
        ]
        outside = np.flatnonzero(~((values >= 0) & (values <= 1)))  # catches NaN as well
        if len(outside):
            worst = outside[0]
            raise ValueError(f'{pairs.path}: row {row_ids[worst]} would get {values[worst]}, outside [0, 1]')
        rows = zip(csv_fields(row_ids), values.tolist(), strict=True)
        yield ''.join(f'{row_id},{value!r}\n' for row_id, value in rows)
