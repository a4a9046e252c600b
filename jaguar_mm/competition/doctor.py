"""The submission doctor: what is wrong, or odd, with a submission file before it is sent."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from jaguar_mm.competition.submission import record_path
from jaguar_mm.competition.submitted import (
    Finding,
    check_range,
    check_rows,
    check_symmetry,
    check_ties,
    read_submitted,
)
from jaguar_mm.datasets.images import locate_images
from jaguar_mm.datasets.tables import SUBMISSION_COLUMNS, PairTable, TableError, read_pairs
from jaguar_mm.images import image_fingerprint
from jaguar_mm.storage.files import file_digest

CONFLICT_MARKERS = (b'<<<<<<<', b'=======', b'>>>>>>>', b'|||||||')


def examine(
    submission: str | os.PathLike,
    test_csv: str | os.PathLike,
    images: str | os.PathLike | None = None,
    against: Sequence[str | os.PathLike] = (),
    record: str | os.PathLike | None = None,
) -> list[Finding]:
    """Examine a submission.

    Args:
        submission: The file to send.
        test_csv: The rows asked for.
        images: Folder of the test images of the round that the file is meant for.
        against: Files sent earlier.
        record: What :class:`~jaguar_mm.engine.hooks.SubmissionHook` wrote beside the submission; by default the file of
            the same name with the ending ``.json``.

    Returns:
        The findings in a fixed order; a file that cannot be read as a table ends the examination.

    Raises:
        TableError, FileNotFoundError: If the submission, an earlier file or ``test_csv`` itself cannot be used.
    """
    pairs = read_pairs(test_csv)
    findings = [_conflicts(submission), *_copies(submission, against)]
    try:
        values = read_submitted(submission)
    except TableError as error:
        return [*findings, Finding('error', str(error))]
    findings += [
        Finding('ok', f'the columns are {",".join(SUBMISSION_COLUMNS)}'),
        check_rows(values, pairs),
        check_range(values),
    ]
    matched = np.array([values.get(row_id, math.nan) for row_id in pairs.row_ids])
    if np.isfinite(matched).all():
        findings += [check_ties(matched, pairs), check_symmetry(matched, pairs)]
    return [*findings, _images(submission, pairs, images, record or record_path(submission))]


def _conflicts(submission: str | os.PathLike) -> Finding:
    with open(submission, 'rb') as file:
        for number, line in enumerate(file, 1):
            if line.startswith(CONFLICT_MARKERS):
                return Finding('error', f'line {number} is the marker of an unresolved merge conflict')
    return Finding('ok', 'there are no merge-conflict markers')


def _copies(submission: str | os.PathLike, against: Sequence[str | os.PathLike]) -> Iterator[Finding]:
    own = file_digest(submission)
    for earlier in against:
        if file_digest(earlier) == own:
            yield Finding('error', f'the file is byte for byte the earlier {earlier} and would score the same')
        else:
            yield Finding('ok', f'the file differs from the earlier {earlier}')


def _images(
    submission: str | os.PathLike, pairs: PairTable, images: str | os.PathLike | None, record: str | os.PathLike
) -> Finding:
    """Compare the fingerprint of the images that were embedded with that of the folder."""
    if not Path(record).is_file():
        return Finding('warning', f'there is no {record}, so nothing says which images the file is of')
    try:
        known = json.loads(Path(record).read_text(encoding='utf-8'))
        digest, fingerprint = known['sha256'], known['fingerprint']
    except (ValueError, KeyError, TypeError):
        return Finding('error', f'{record} is no record of a submission')
    if digest != file_digest(submission):
        return Finding('error', f'{record} was written for another submission file')
    if images is None:
        return Finding('warning', 'the images were not compared: give their folder with --images')
    names = pairs.names
    try:
        paths = locate_images(str(images), names, pairs.path)
    except FileNotFoundError as error:
        return Finding('error', str(error))
    if image_fingerprint(dict(zip(names, paths, strict=True))) != fingerprint:
        return Finding('error', f'the file was made from other images than those in {images} (another round?)')
    return Finding('ok', f'the file was made from the {len(names)} images in {images}')
