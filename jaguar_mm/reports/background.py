"""Scores under background conditions as a table on the screen, as CSV and as bars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from matplotlib.figure import Figure
from rich.box import SIMPLE_HEAD
from rich.table import Table

from jaguar_mm.reports.png import encode_png
from jaguar_mm.reports.score_table import print_whole
from jaguar_mm.storage.files import csv_text

Rows = Mapping[str, Mapping[str, float]]  # condition -> mAP_ib, low, high, chance
COLUMNS = ('mAP_ib', 'low', 'high', 'chance')
INK, COLOURS = '#1f2328', ('#2f6f4f', '#b5651d', '#4a6fa5')


def print_conditions(rows: Rows, title: str, file: TextIO | None = None) -> None:
    """Print one row a condition, every figure whole however narrow the screen.

    Args:
        rows: Condition to its figures; low and high are the ends of the 95 % interval.
        title: Line above the table.
        file: Where to print; standard output by default.
    """
    table = Table(title=title, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column('condition')
    for column in ('mAP_ib', '95 % interval', 'chance'):
        table.add_column(column, justify='right')
    for condition, row in rows.items():
        table.add_row(
            condition, f'{row["mAP_ib"]:.3f}', f'{row["low"]:.3f} to {row["high"]:.3f}', f'{row["chance"]:.3f}'
        )
    print_whole(table, file)


def conditions_csv(rows: Rows) -> str:
    """Return the same rows as CSV text, every digit kept."""
    return csv_text(
        ['condition', *COLUMNS],
        [[condition, *(repr(row[column]) for column in COLUMNS)] for condition, row in rows.items()],
    )


def draw_conditions(models: Mapping[str, Rows], title: str) -> bytes:
    """Draw a bar for each condition and model, its interval, and where chance is.

    Args:
        models: Name to rows, all with the same conditions.
        title: Line above the plot.

    Returns:
        A PNG file.
    """
    conditions = list(next(iter(models.values())))
    figure = Figure(figsize=(9, 4), layout='constrained')
    axis = figure.subplots()
    width = 0.8 / len(models)
    for number, (name, rows) in enumerate(models.items()):
        places = [place + (number - (len(models) - 1) / 2) * width for place in range(len(conditions))]
        heights = [rows[condition]['mAP_ib'] for condition in conditions]
        below = [max(0, rows[condition]['mAP_ib'] - rows[condition]['low']) for condition in conditions]
        above = [max(0, rows[condition]['high'] - rows[condition]['mAP_ib']) for condition in conditions]
        colour = COLOURS[number % len(COLOURS)]
        axis.bar(places, heights, width * 0.9, color=colour, yerr=(below, above), capsize=3, ecolor=INK, label=name)
        chances = [rows[condition]['chance'] for condition in conditions]
        axis.hlines(
            chances,
            [place - width * 0.45 for place in places],
            [place + width * 0.45 for place in places],
            colors=INK,
            linestyles='dotted',
            label='chance' if number == len(models) - 1 else None,
        )
    axis.set_xticks(range(len(conditions)), [condition.replace(' ', '\n') for condition in conditions])
    axis.set(ylim=(0, 1), ylabel='identity-balanced mAP', title=title)
    axis.legend(frameon=False)
    return encode_png(figure)
