"""Crop an image to the animal that its alpha channel outlines."""

from __future__ import annotations

import cv2
import numpy as np

HALF_OPAQUE = 128


def mask_box(alpha: np.ndarray) -> tuple[int, int, int, int]:
    """Return the bounding box of the pixels that are at least half opaque.

    Args:
        alpha: Mask, uint8 (H, W).

    Returns:
        Left, top, right and bottom in pixels, the latter two exclusive.

    Raises:
        ValueError: If no pixel is half opaque.
    """
    left, top, width, height = cv2.boundingRect((alpha >= HALF_OPAQUE).astype(np.uint8))
    if width == 0:
        raise ValueError('the mask is empty: no pixel is at least half opaque')
    return left, top, left + width, top + height


def crop_to_mask(rgba: np.ndarray, margin: float) -> np.ndarray:
    """Cut out the mask's bounding box, widened on every side but never beyond the image.

    Args:
        rgba: Image, uint8 (H, W, 4).
        margin: Border on each side as a share of the box's own width or height.

    Returns:
        The cut-out, uint8 (h, w, 4), a view of ``rgba``.

    Raises:
        ValueError: If the mask is empty.
    """
    left, top, right, bottom = mask_box(rgba[..., 3])
    border_x, border_y = round(margin * (right - left)), round(margin * (bottom - top))
    return rgba[max(0, top - border_y) : bottom + border_y, max(0, left - border_x) : right + border_x]
