"""The competition's CSV files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import permutations
from pathlib import Path

from jaguar_mm.storage.files import csv_text
from jaguar_mm.synthesis.plan import FLANKS, CompetitionSpec, ImagePlan
from jaguar_mm.synthesis.streams import Stream, generator

METADATA = ('filename', 'split', 'identity', 'flank', 'group', 'camera', 'light')


def write_tables(root: Path, spec: CompetitionSpec, images: Sequence[tuple[ImagePlan, str]]) -> None:
    """Write ``train.csv``, ``test.csv``, ``sample_submission.csv``, ``solution.csv`` and ``metadata.csv``.

    Args:
        root: Folder to write into.
        spec: What the competition is like.
        images: All images in order, each with the kind of its light. The ``group`` of ``metadata.csv`` is the
            burst, so that it serves as the ``groups`` of :class:`~jaguar_mm.datasets.JaguarReID`.
    """
    labels = {split: [(p.filename, p.name) for p, _ in images if p.split == split] for split in ('train', 'test')}
    _write(root / 'train.csv', ('filename', 'ground_truth'), labels['train'])
    _write(root / 'solution.csv', ('filename', 'ground_truth'), labels['test'])
    pairs = list(permutations([name for name, _ in labels['test']], 2))  # query-major, gallery ascending
    _write(root / 'test.csv', ('row_id', 'query_image', 'gallery_image'), ((i, *p) for i, p in enumerate(pairs)))
    guesses = generator(spec.seed, Stream.SAMPLE_SUBMISSION).random(len(pairs)).tolist()
    _write(root / 'sample_submission.csv', ('row_id', 'similarity'), enumerate(guesses))
    rows = ((p.filename, p.split, p.name, FLANKS[p.flank], p.burst, p.camera, light) for p, light in images)
    _write(root / 'metadata.csv', METADATA, rows)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence]) -> None:
    path.write_bytes(csv_text(header, rows).encode())
