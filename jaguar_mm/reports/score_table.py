"""The table of scores, on the screen and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from rich.table import Table

Scores = Mapping[tuple[str, str], Mapping[str, float]]  # (protocol, stage) -> metric -> value


def score_table(scores: Scores, title: str) -> Table:
    """Make a table with one row for each protocol and stage.

    Args:
        scores: (protocol, stage) to metric name to value; at least one entry.
        title: Line above the table.
    """
    table = Table(title=title)
    metrics = list(next(iter(scores.values())))
    one_protocol = len({protocol for protocol, _ in scores}) == 1
    for column in ([] if one_protocol else ['protocol']) + ['stage']:
        table.add_column(column)
    for metric in metrics:
        table.add_column(metric, justify='right')
    for (protocol, stage), row in scores.items():
        head = [stage] if one_protocol else [protocol, stage]
        table.add_row(*head, *(f'{row[metric]:.4f}' for metric in metrics))
    return table


def score_csv(scores: Scores) -> str:
    """Return the same rows as CSV text, every digit kept."""
    metrics = list(next(iter(scores.values())))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(['protocol', 'stage', *metrics])
    for (protocol, stage), row in scores.items():
        writer.writerow([protocol, stage, *(repr(row[metric]) for metric in metrics)])
    return text.getvalue()
