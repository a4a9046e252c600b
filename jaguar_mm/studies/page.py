"""The page of a study: what each recipe adds to the base, how surely, and at what cost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev

from jaguar_mm.evaluation.comparison import Comparison
from jaguar_mm.studies.jobs import Job
from jaguar_mm.studies.results import Row, compared

HEAD = '| recipe | stage | mAP | spread of seeds | less the base (95 % interval) | time | seeds | verdict |'


def page(jobs: Sequence[Job], rows: Sequence[Row], work: Path) -> str:
    """Return a table in Markdown for each bench and group of recipes, the largest gain first.

    Args:
        jobs: The jobs that are done.
        rows: What they found.
        work: Folder of the study.
    """
    parts = []
    for bench in dict.fromkeys(row.bench for row in rows):
        here = [row for row in rows if row.bench == bench]
        base = [row for row in here if row.recipe == 'base']
        if base:
            parts.append(f'**{bench}**')
            parts += _tables(jobs, here, base[-1].stage, work)
    return '\n\n'.join(parts) + '\n'


def _tables(jobs: Sequence[Job], rows: Sequence[Row], base_stage: str, work: Path) -> list[str]:
    """Return the tables of a bench; the first one has the base and the network as it starts."""
    usual = fmean(row.seconds for row in rows if (row.recipe, row.stage) == ('base', base_stage))
    groups: dict[str, list[tuple[float, str]]] = {}
    for recipe, stage in dict.fromkeys((row.recipe, row.stage) for row in rows):
        found = [row for row in rows if (row.recipe, row.stage) == (recipe, stage)]
        comparison = compared(jobs, rows[0].bench, recipe, stage, base_stage, work)
        line = _line(found, comparison, usual, is_base=(recipe, stage) == ('base', base_stage))
        groups.setdefault(recipe.rpartition('/')[0], []).append((comparison.difference, line))
    return [
        '\n'.join([HEAD, '|---' * 8 + '|', *(line for _, line in sorted(lines, key=lambda pair: -pair[0]))])
        for lines in groups.values()
    ]


def verdict(comparison: Comparison) -> str:
    """Return what may be said: nothing of one seed, for another one may say otherwise."""
    if comparison.runs == 1:
        return 'screened only'
    if comparison.low <= 0 <= comparison.high:
        return 'within noise'
    return 'better' if comparison.difference > 0 else 'worse'


def _line(found: Sequence[Row], comparison: Comparison, usual: float, is_base: bool) -> str:
    scores = [row.mAP_ib for row in found]
    spread = f'{stdev(scores):.3f}' if len(scores) > 1 else ''
    seconds = fmean(row.seconds for row in found)
    time = f'{seconds / usual:.2f}' if usual and seconds else ''
    gain, said = '', ''
    if not is_base:
        gain = f'{comparison.difference:+.3f} ({comparison.low:+.3f} to {comparison.high:+.3f})'
        said = verdict(comparison)
    cells = (found[0].recipe, found[0].stage, f'{fmean(scores):.3f}', spread, gain, time, len(scores), said)
    return '| ' + ' | '.join(map(str, cells)) + ' |'
