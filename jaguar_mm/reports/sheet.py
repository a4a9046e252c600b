"""Sheets of images: rows of framed tiles with a caption under each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from jaguar_mm.images import composite, load_rgba
from jaguar_mm.reports.lettering import INK, write

RIGHT, WRONG, UNKNOWN, QUERY = (46, 160, 67), (207, 34, 46), (140, 149, 159), INK  # RGB
PAPER = (255, 255, 255)
BACKDROP = 245  # grey beside an image that does not fill its tile
UNDERLAY = 225  # grey behind what is transparent
TILE = (104, 156)  # height, width in px
BORDER, GAP, CAPTION = 4, 6, 16  # px
NOTE = 13  # px
CELL = (TILE[0] + 2 * BORDER + CAPTION + GAP, TILE[1] + 2 * BORDER + GAP)  # height, width in px, without a note
JPEG_SIDE = 65_500  # px, the longest of a JPEG


@dataclass(frozen=True)
class Tile:
    """One image of a row.

    Attributes:
        image: Its file, or its pixels uint8 (H, W, 3) or (H, W, 4).
        caption: A short line under it.
        frame: Colour of the border, RGB.
        note: A second line, smaller.
    """

    image: str | np.ndarray
    caption: str
    frame: tuple[int, int, int]
    note: str = ''


def draw_rows(rows: Sequence[Sequence[Tile]]) -> np.ndarray:
    """Draw rows of tiles on one sheet.

    Args:
        rows: At least one row with at least one tile.

    Returns:
        RGB image uint8 (H, W, 3).
    """
    width = max(len(row) for row in rows)
    height = CELL[0] + NOTE * any(tile.note for row in rows for tile in row)
    sheet = np.full((len(rows) * height + GAP, width * CELL[1] + GAP, 3), PAPER, np.uint8)
    for i, row in enumerate(rows):
        for j, tile in enumerate(row):
            top, left = GAP + i * height, GAP + j * CELL[1]
            drawn = _draw_tile(tile)
            sheet[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
    return sheet


def spread(length: int, count: int) -> list[int]:
    """Return up to ``count`` indices of ``length``, evenly spread: which images to show where there are too many."""
    return np.unique(np.linspace(0, length - 1, min(count, length)).round().astype(int)).tolist()


def encode_jpeg(sheet: np.ndarray, quality: int = 88) -> bytes:
    """Return a sheet, RGB uint8 (H, W, 3), as the content of a JPEG file.

    Raises:
        ValueError: If it is too large for one.
    """
    if max(sheet.shape) > JPEG_SIDE:
        raise ValueError(f'a sheet of {sheet.shape[1]} x {sheet.shape[0]} pixels is too large for JPEG; show fewer')
    return cv2.imencode('.jpg', sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def fit(image: np.ndarray, shape: tuple[int, int], backdrop: int = BACKDROP) -> np.ndarray:
    """Return an image as large as it fits into a shape, in its middle.

    Args:
        image: uint8 (h, w, 3).
        shape: Height and width in pixels (H, W).
        backdrop: Grey of what it leaves free.

    Returns:
        uint8 (H, W, 3).
    """
    scale = min(shape[0] / image.shape[0], shape[1] / image.shape[1])
    width, height = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    fitted = np.full((*shape, 3), backdrop, np.uint8)
    top, left = (shape[0] - height) // 2, (shape[1] - width) // 2
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    fitted[top : top + height, left : left + width] = small
    return fitted


def opaque(image: np.ndarray) -> np.ndarray:
    """Return an image uint8 (H, W, 3) or (H, W, 4) with grey behind what is transparent, uint8 (H, W, 3)."""
    if image.shape[2] == 3:
        return image
    return composite(image, np.full((*image.shape[:2], 3), UNDERLAY, np.uint8))


def _draw_tile(tile: Tile) -> np.ndarray:
    """Return one framed image with its caption, uint8 (H, W, 3)."""
    image = load_rgba(tile.image).pixels if isinstance(tile.image, str) else tile.image
    framed = TILE[0] + 2 * BORDER
    drawn = np.full((framed + CAPTION + NOTE * bool(tile.note), TILE[1] + 2 * BORDER, 3), PAPER, np.uint8)
    drawn[:framed] = tile.frame
    drawn[BORDER : BORDER + TILE[0], BORDER : BORDER + TILE[1]] = fit(opaque(image), TILE)
    for text, bottom, size in ((tile.caption, framed + CAPTION - 4, 0.4), (tile.note, drawn.shape[0] - 4, 0.3)):
        write(drawn, text, (BORDER, bottom), size, TILE[1])
    return drawn
