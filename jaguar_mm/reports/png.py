"""Figures as files."""

from __future__ import annotations

import io

from matplotlib.figure import Figure


def encode_png(figure: Figure) -> bytes:
    """Return a figure as a PNG file."""
    stream = io.BytesIO()
    figure.savefig(stream, format='png', dpi=110)
    return stream.getvalue()
