"""The table of scores, on the screen and as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from jaguar_mm.storage.files import csv_text

Scores = Mapping[tuple[str, str], Mapping[str, float]]  # (protocol, stage) -> metric -> value


def print_scores(scores: Scores, title: str, file: TextIO | None = None) -> None:
    """Print the table of scores, every figure whole however narrow the screen.

    Args:
        scores: See :func:`score_table`.
        title: Line above the table.
        file: Where to print; standard output by default.
    """
    print_whole(score_table(scores, title), file)


def print_whole(table: Table, file: TextIO | None = None) -> None:
    """Print a table, nothing of it cut off however narrow the screen."""
    console = Console(file=file)
    unbounded = console.options.update(max_width=1000)
    console.width = max(console.width, Measurement.get(console, unbounded, table).maximum)
    console.print(table)


def score_table(scores: Scores, title: str) -> Table:
    """Make a table with one row for each protocol and stage.

    Args:
        scores: (protocol, stage) to metric name to value; at least one entry.
        title: Line above the table.
    """
    table = Table(title=title, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    metrics = metrics_of(scores)
    one_protocol = len({protocol for protocol, _ in scores}) == 1
    for column in ([] if one_protocol else ['protocol']) + ['stage']:
        table.add_column(column)
    for metric in metrics:
        table.add_column(metric.replace('_', '\n'), justify='right')
    for (protocol, stage), row in scores.items():
        head = [stage] if one_protocol else [protocol, stage]
        table.add_row(*head, *(_figure(row[metric]) if metric in row else '' for metric in metrics))
    return table


def _figure(value: float) -> str:
    return str(value) if isinstance(value, int) else f'{value:.4f}'


def metrics_of(scores: Scores) -> list[str]:
    """Return the names of all metrics, each once; not every row has every one."""
    return list(dict.fromkeys(metric for row in scores.values() for metric in row))


def score_csv(scores: Scores) -> str:
    """Return the same rows as CSV text, every digit kept."""
    metrics = metrics_of(scores)
    return csv_text(
        ['protocol', 'stage', *metrics],
        [
            [*place, *(repr(row[metric]) if metric in row else '' for metric in metrics)]
            for place, row in scores.items()
        ],
    )
