"""Brightness, contrast and saturation in one matrix, so that a picture is gone through once and rounded once."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

GREY = np.array([0.299, 0.587, 0.114])  # what red, green and blue add to grey (ITU-R BT.601)
STEPS = ('brightness', 'contrast', 'saturation')


def adjust_colours(picture: np.ndarray, steps: Iterable[tuple[str, float]]) -> np.ndarray:
    """Change the colours of a picture.

    Each step mixes the picture with another one, ``factor * picture + (1 - factor) * other``: ``brightness`` with
    black, ``contrast`` with the picture's mean grey, ``saturation`` with its grey. All of it is exact until the end,
    whereas one step after the other cuts off and rounds what each of them leaves.

    Args:
        picture: RGB, uint8 (H, W, 3).
        steps: Names from :data:`STEPS` and factors of 0 or more, in the order in which they are taken.

    Returns:
        RGB, uint8 (H, W, 3).
    """
    mean = np.append(cv2.mean(picture)[:3], 1)
    matrix = np.eye(4)  # of (red, green, blue, 1)
    for name, factor in steps:
        step = np.diag([factor, factor, factor, 1])
        if name == 'contrast':
            step[:3, 3] = (1 - factor) * GREY @ (matrix @ mean)[:3]
        elif name == 'saturation':
            step[:3, :3] += (1 - factor) * GREY
        matrix = step @ matrix
    return cv2.transform(picture, matrix[:3])
