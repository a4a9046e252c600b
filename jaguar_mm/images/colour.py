"""Brightness, contrast and saturation in one matrix, so that an image is gone through once."""

from __future__ import annotations

import cv2
import numpy as np

GREY = np.array([0.299, 0.587, 0.114])  # what red, green and blue add to grey (ITU-R BT.601)


def adjust_colours(image: np.ndarray, brightness: float, contrast: float, saturation: float) -> np.ndarray:
    """Change the colours of an image.

    Each factor mixes the image with another one, ``factor * image + (1 - factor) * other``: brightness with black,
    contrast with the image's mean grey, saturation with its grey. Unless something is cut off in between, as it is
    not here, their order does not matter.

    Args:
        image: RGB, uint8 (H, W, 3).
        brightness: Factor of 0 or more; 1 changes nothing.
        contrast: The same.
        saturation: The same.

    Returns:
        RGB, uint8 (H, W, 3), within one level of the exact value.
    """
    mean_grey = GREY @ cv2.mean(image)[:3]
    colours = contrast * (saturation * np.eye(3) + (1 - saturation) * GREY)  # (3, 3)
    shift = np.full(3, (1 - contrast) * mean_grey)
    return cv2.transform(image, brightness * np.column_stack([colours, shift]))
