"""The scores of identities that a test or validation has left on disk."""

from __future__ import annotations

import csv
from pathlib import Path


def read_identity_scores(path: Path, stage: str | None = None) -> dict[str, float]:
    """Return the mean AP of every identity.

    Args:
        path: An ``identities.csv``, see :class:`~jaguar_mm.engine.hooks.RetrievalReportHook`.
        stage: Name of the stage of ranking; None: the last one.

    Raises:
        ValueError: If the report has no such stage.
    """
    with open(path, newline='', encoding='utf-8') as file:
        rows = list(csv.DictReader(file))
    stages = [column.removeprefix('mAP ') for column in rows[0] if column.startswith('mAP ')]
    if stage not in (None, *stages):
        raise ValueError(f'{path}: has no stage {stage!r}, only {", ".join(stages)}')
    return {row['identity']: float(row[f'mAP {stage or stages[-1]}']) for row in rows}
