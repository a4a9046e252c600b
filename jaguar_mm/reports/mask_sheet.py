"""The sheet of masks: each image with its animal outlined."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from jaguar_mm.images.crop import HALF_OPAQUE
from jaguar_mm.reports.sheet import QUERY, RIGHT, TILE, UNKNOWN, WRONG, Tile

COLUMNS = 8
LINE = (255, 60, 30)  # RGB of the outline
FRAMES = {'own': QUERY, 'found': RIGHT, 'nothing': WRONG}
FINE = 2  # the outline is drawn on images so many times as large as their tile


def mask_rows(images: Iterable[tuple[str, str, np.ndarray]], columns: int = COLUMNS) -> list[list[Tile]]:
    """Lay out masked images in rows.

    Args:
        images: Of each its name, where its mask is from (``own``, ``found``, ``nothing``, which is the caption) and
            its pixels, uint8 (H, W, 4).
        columns: Images in a row.
    """
    tiles = [Tile(outlined(rgba), mask, FRAMES.get(mask, UNKNOWN), name) for name, mask, rgba in images]
    return [tiles[first : first + columns] for first in range(0, len(tiles), columns)]


def outlined(rgba: np.ndarray) -> np.ndarray:
    """Return a small copy of an image with the border of its mask drawn on it.

    Args:
        rgba: uint8 (H, W, 4).

    Returns:
        uint8 (h, w, 3).
    """
    scale = min(1, FINE * min(TILE[0] / rgba.shape[0], TILE[1] / rgba.shape[1]))
    size = max(1, round(rgba.shape[1] * scale)), max(1, round(rgba.shape[0] * scale))
    colours, alpha = (cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in (rgba[..., :3], rgba[..., 3]))
    borders, _ = cv2.findContours((alpha >= HALF_OPAQUE).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(np.ascontiguousarray(colours), borders, -1, LINE, FINE)
