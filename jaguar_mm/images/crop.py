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


def widened_box(alpha: np.ndarray, margin: float) -> tuple[int, int, int, int]:
    """Return the mask's bounding box, widened on every side but never beyond the image.

    Args:
        alpha: Mask, uint8 (H, W).
        margin: Border on each side as a share of the box's own width or height.

    Returns:
        See :func:`mask_box`.

    Raises:
        ValueError: If the mask is empty.
    """
    left, top, right, bottom = mask_box(alpha)
    height, width = alpha.shape
    border_x, border_y = round(margin * (right - left)), round(margin * (bottom - top))
    return max(0, left - border_x), max(0, top - border_y), min(width, right + border_x), min(height, bottom + border_y)


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
    left, top, right, bottom = widened_box(rgba[..., 3], margin)
    return rgba[top:bottom, left:right]
