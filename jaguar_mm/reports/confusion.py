"""Which animals are taken for which, as an image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix

from jaguar_mm.reports.png import encode_png

NAMED = 60  # most classes whose names are written
INCHES = 0.22  # a class


def draw_confusion(known: Sequence[str], predicted: Sequence[str]) -> bytes:
    """Draw for each class (rows) which share of its images was taken for which class (columns).

    Args:
        known: The right class of each image (N,), one image at least.
        predicted: The class that it was taken for (N,).

    Returns:
        A PNG file.
    """
    names = sorted({*known, *predicted})
    shares = confusion_matrix(known, predicted, labels=names, normalize='true')  # (C, C)
    side = 3 + INCHES * min(len(names), NAMED)
    figure = Figure((side + 1, side), layout='constrained')
    axes = figure.subplots()
    labels = [name.replace('$', r'\$') for name in names] if len(names) <= NAMED else None
    display = ConfusionMatrixDisplay(shares, display_labels=labels)
    display.plot(include_values=False, cmap='viridis', ax=axes, xticks_rotation='vertical')
    if labels is None:
        axes.set_xticks([])
        axes.set_yticks([])
    right = float(np.mean([one == other for one, other in zip(known, predicted, strict=True)]))
    axes.set(xlabel='taken for', ylabel='is', title=f'{len(known):,} images, {right:.1%} right')
    return encode_png(figure)
