"""The loss over the learning rate, as a plot and as a table."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from jaguar_mm.reports.png import encode_png
from jaguar_mm.storage import csv_text


def draw_rates(
    rates: Sequence[float], losses: Sequence[float], smoothed: Sequence[float], chosen: float | None
) -> bytes:
    """Draw losses as dots, their smoothed curve, and a line at the rate that is suggested.

    Args:
        rates: Growing.
        losses: As many.
        smoothed: As many.
        chosen: The rate; None if there is none.

    Returns:
        A PNG file.
    """
    figure = Figure((7, 4.5), layout='constrained')
    axes = figure.subplots()
    axes.semilogx(rates, losses, '.', color='#9498a0', label='loss of a step')
    axes.semilogx(rates, smoothed, color='#4269d0', label='smoothed')
    if chosen is not None:
        axes.axvline(chosen, color='#efb118', label=f'falls most steeply: {chosen:.2g}')
    axes.set(xlabel='learning rate (optim_wrapper.optimizer.lr)', ylabel='loss')
    axes.legend()
    return encode_png(figure)


def rates_csv(rates: Sequence[float], losses: Sequence[float], smoothed: Sequence[float]) -> str:
    """Return a table of rates, losses and smoothed losses, one row a step."""
    rows = [
        (f'{rate:.6g}', f'{loss:.6g}', f'{curve:.6g}')
        for rate, loss, curve in zip(rates, losses, smoothed, strict=True)
    ]
    return csv_text(('rate', 'loss', 'smoothed'), rows)
