"""From saliency to a mask: threshold, largest connected part, holes filled, smooth at the image's size."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from jaguar_mm.images.crop import HALF_OPAQUE

# Chosen by benchmarks/masks.py on drawn animals of other seeds than those that it judges by.
LEVEL = 0.7  # of the way from an image's lowest to its highest saliency: there the animal ends
CERTAIN = 0.9  # saliency that something in the image must reach, else there is no animal
SOFTNESS = 0.2  # share of the same way over which alpha goes from 0 to 255


class Mask(NamedTuple):
    """Where the animal is.

    Attributes:
        alpha: uint8 (H, W), 255 on the animal; 255 everywhere if nothing was found.
        found: Whether anything was found.
    """

    alpha: np.ndarray
    found: bool


def outline(saliency: np.ndarray, shape: tuple[int, int], level: float = LEVEL) -> Mask:
    """Return the mask of what is most salient.

    Args:
        saliency: 0 to 1, float32 (h, w), of the whole image.
        shape: The image's height and width in pixels.
        level: See :data:`LEVEL`.
    """
    lowest, highest = float(saliency.min()), float(saliency.max())
    if highest < CERTAIN or lowest == highest:
        return whole(shape)
    above = (saliency - lowest) / (highest - lowest) - level  # 0 on the outline
    inside = np.where(_largest_part(above >= 0), np.abs(above), -np.abs(above))  # holes and other parts change sides
    interpolation = cv2.INTER_AREA if max(shape) < max(inside.shape) else cv2.INTER_LINEAR
    inside = cv2.resize(inside, shape[::-1], interpolation=interpolation)
    alpha = np.clip(255 * (inside / SOFTNESS + 0.5), 0, 255).round().astype(np.uint8)
    return Mask(alpha, True) if alpha.max() >= HALF_OPAQUE else whole(shape)


def whole(shape: tuple[int, int]) -> Mask:
    """Return the mask of an image (H, W) in which nothing was found."""
    return Mask(np.full(shape, 255, np.uint8), False)


def _largest_part(salient: np.ndarray) -> np.ndarray:
    """Return the largest connected part of a mask, bool (H, W), with its holes filled."""
    _, parts, sizes, _ = cv2.connectedComponentsWithStats(salient.astype(np.uint8))
    largest = (parts == 1 + sizes[1:, cv2.CC_STAT_AREA].argmax()).astype(np.uint8)
    borders, _ = cv2.findContours(largest, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(largest, borders, -1, 1, cv2.FILLED).astype(bool)
