"""The sheet of augmented images: each as it is, its alpha, and what the network sees of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from jaguar_mm.images import composite
from jaguar_mm.reports.sheet import QUERY, UNKNOWN, Tile

SQUARES = 12  # of the checkerboard along an image's longer side
LIGHT, DARK = 255, 150  # greys


def augmentation_tiles(
    name: str, identity: str | None, loaded: np.ndarray, has_alpha: bool, views: Mapping[str, np.ndarray]
) -> list[Tile]:
    """Return the tiles of one image.

    Args:
        name: Its name; where it is too long for a caption its end is shown.
        identity: Whom it shows, None if unknown.
        loaded: The image before any augmentation, uint8 (H, W, 4).
        has_alpha: Whether its alpha is its own.
        views: Caption to what the network sees, uint8 (h, w, 3).

    Returns:
        The image without its alpha, the image on a checkerboard, and the views.
    """
    whose = identity or 'unknown'
    alpha = Tile(on_checkerboard(loaded), whose if has_alpha else f'{whose} (no alpha)', QUERY)
    shown = [Tile(view, caption, UNKNOWN) for caption, view in views.items()]
    return [Tile(loaded[..., :3], name[-22:], QUERY), alpha, *shown]


def on_checkerboard(image: np.ndarray) -> np.ndarray:
    """Return an image uint8 (H, W, 4) with a checkerboard behind what is transparent, uint8 (H, W, 3)."""
    side = max(1, max(image.shape[:2]) // SQUARES)
    rows, columns = (np.arange(length) // side for length in image.shape[:2])
    squares = np.where((rows[:, None] + columns) % 2, np.uint8(DARK), np.uint8(LIGHT))
    return composite(image, np.repeat(squares[..., None], 3, axis=2))
