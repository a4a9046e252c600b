"""Images at another size, as OpenCV makes them; rounding is mmcv's, so that a config's ``Resize`` gives the same."""

from __future__ import annotations

import cv2
import numpy as np

INTERPOLATIONS = {
    'nearest': cv2.INTER_NEAREST,
    'bilinear': cv2.INTER_LINEAR,
    'bicubic': cv2.INTER_CUBIC,
    'area': cv2.INTER_AREA,
    'lanczos': cv2.INTER_LANCZOS4,
}
EDGES = ('short', 'long', 'width', 'height')


def resize(pixels: np.ndarray, size: tuple[int, int], interpolation: str, keep_ratio: bool = False) -> np.ndarray:
    """Resize an image.

    Args:
        pixels: uint8 (H, W, C).
        size: Width and height in pixels; with ``keep_ratio`` the longer and the shorter side may have so many at most.
        interpolation: One of :data:`INTERPOLATIONS`.
        keep_ratio: Whether to keep the aspect.

    Returns:
        uint8 (h, w, C).
    """
    height, width = pixels.shape[:2]
    if keep_ratio:
        factor = min(max(size) / max(height, width), min(size) / min(height, width))
        size = int(width * factor + 0.5), int(height * factor + 0.5)
    return cv2.resize(pixels, size, interpolation=INTERPOLATIONS[interpolation])


def resize_edge(pixels: np.ndarray, length: int, edge: str, interpolation: str) -> np.ndarray:
    """Resize an image so that one side has so many pixels, its aspect kept.

    Args:
        pixels: uint8 (H, W, C).
        length: Of the side in pixels.
        edge: Which side, one of :data:`EDGES`.
        interpolation: One of :data:`INTERPOLATIONS`.

    Returns:
        uint8 (h, w, C).
    """
    height, width = pixels.shape[:2]
    by_width = edge == 'width' or (edge == 'short' and width < height) or (edge == 'long' and width > height)
    size = (length, int(length * height / width)) if by_width else (int(length * width / height), length)
    return cv2.resize(pixels, size, interpolation=INTERPOLATIONS[interpolation])
