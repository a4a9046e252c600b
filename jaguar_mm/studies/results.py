"""What the jobs of a study found: one tidy table, and each recipe against the base."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from jaguar_mm.evaluation.comparison import Comparison, compare_runs
from jaguar_mm.evaluation.identity_report import read_identity_scores
from jaguar_mm.storage import csv_text
from jaguar_mm.studies.jobs import DONE, Job

REPORTS = Path('reports') / 'test'


@dataclass(frozen=True)
class Row:
    """What a recipe reached with one seed, after one stage of ranking.

    Attributes:
        bench: Name of the bench.
        recipe: Name of the recipe.
        seed: The seed.
        stage: Name of the stage.
        mAP_ib: Identity-balanced mean average precision.
        rank_1: For which share of the queries the first match is right.
        seconds: What the training took, 0 if there was none.
    """

    bench: str
    recipe: str
    seed: int
    stage: str
    mAP_ib: float
    rank_1: float
    seconds: float


def read_rows(jobs: Iterable[Job], work: Path) -> list[Row]:
    """Return the rows of jobs that are done, by the first protocol of their test."""
    rows = []
    for job in jobs:
        seconds = json.loads((work / job.place / DONE).read_text(encoding='utf-8'))['seconds']
        scores = _table(work / job.place / REPORTS / 'scores.csv')
        for score in scores:
            if score['protocol'] == scores[0]['protocol']:
                found = float(score['mAP_ib']), float(score['CMC@1'])
                rows.append(Row(job.bench, job.recipe, job.seed, score['stage'], *found, seconds))
    return rows


def rows_csv(rows: Sequence[Row]) -> str:
    """Return rows as CSV."""
    header = [each.name for each in fields(Row)]
    return csv_text(header, [[_figure(value) for value in asdict(row).values()] for row in rows])


def compared(jobs: Sequence[Job], bench: str, recipe: str, stage: str, base_stage: str, work: Path) -> Comparison:
    """Compare a recipe with the base over the seeds that both have.

    Args:
        jobs: Those that are done.
        bench: Name of the bench.
        recipe: Name of the recipe.
        stage: Its stage.
        base_stage: The base's.
        work: Folder of the study.

    Raises:
        ValueError: If they have no seed in common.
    """
    of = {(job.recipe, job.seed): job for job in jobs if job.bench == bench}
    seeds = sorted(seed for name, seed in of if name == recipe and ('base', seed) in of)
    sides = (('base', base_stage), (recipe, stage))
    return compare_runs(
        *(
            [read_identity_scores(work / of[name, seed].place / REPORTS / 'identities.csv', which) for seed in seeds]
            for name, which in sides
        )
    )


def _table(path: Path) -> list[dict[str, str]]:
    with open(path, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def _figure(value: object) -> object:
    return f'{value:.4f}' if isinstance(value, float) else value
