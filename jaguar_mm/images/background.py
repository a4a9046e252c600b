"""Backgrounds to put behind an animal that is cut out by its alpha channel.

A generator returns uint8 (H, W, 3) in RGB order; :func:`composite` lays the animal over it. The pixels under alpha = 0
are the real background in some competition rounds and zero in others, so nothing here relies on their content beyond
copying it.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

IMAGENET_MEAN = (124, 116, 104)  # (0.485, 0.456, 0.406) * 255
BLACK = (0, 0, 0)
THUMBNAIL = 64  # pixels of the longer side at which blurring is done
MASK_GROWTH = 0.01  # share of the longer side by which a mask is widened to hide the animal's fringe


def composite(rgba: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Lay a picture over a background: ``alpha * picture + (1 - alpha) * background``.

    Args:
        rgba: Picture, uint8 (H, W, 4).
        background: Background, uint8 (H, W, 3).

    Returns:
        The opaque picture, uint8 (H, W, 3).
    """
    opacity = rgba[..., 3].astype(np.float32) / 255
    return cv2.blendLinear(np.ascontiguousarray(rgba[..., :3]), background, opacity, 1 - opacity)


def solid(shape: tuple[int, ...], colour: tuple[int, int, int]) -> np.ndarray:
    """Return one RGB colour of 0 to 255 all over the height and width of ``shape`` (H, W, ...)."""
    return np.full((*shape[:2], 3), colour, np.uint8)


def noise(shape: tuple[int, ...], grain: int, seed: int) -> np.ndarray:
    """Return uniform colour noise.

    Args:
        shape: Height and width in pixels (H, W, ...).
        grain: Distance in pixels between independent colours; they are joined by linear interpolation.
        seed: Seed; the same one gives the same noise.
    """
    height, width = shape[:2]
    coarse = math.ceil(height / grain), math.ceil(width / grain), 3
    colours = np.random.default_rng(seed).integers(0, 256, coarse, dtype=np.uint8)
    return cv2.resize(colours, (width, height), interpolation=cv2.INTER_LINEAR)


def blurred(rgba: np.ndarray, sigma: float = 0.05) -> np.ndarray:
    """Return the picture's own background, blurred and continued behind the animal.

    Normalised convolution (Knutsson and Westin, CVPR 1993): the colours are averaged with the background's share as
    weight, so that nothing of the animal leaks in. Where no background is near, its mean colour takes over.

    Args:
        rgba: Picture, uint8 (H, W, 4).
        sigma: Standard deviation of the blur as a share of the longer side.

    Returns:
        uint8 (H, W, 3); :data:`IMAGENET_MEAN` all over if the picture has no background.
    """
    weighted = _background_only(rgba)
    if not weighted[..., 3].any():
        return solid(rgba.shape, IMAGENET_MEAN)
    height, width = rgba.shape[:2]
    shrink = min(1, THUMBNAIL / max(height, width))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    weighted[..., :3] = composite(weighted, solid(rgba.shape, BLACK))  # colour times weight
    small = cv2.resize(weighted, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    spread = cv2.GaussianBlur(small, (0, 0), sigma * max(size)) + 1e-3 * small.mean((0, 1))
    colours = np.clip(255 * spread[..., :3] / spread[..., 3:], 0, 255).round().astype(np.uint8)
    return cv2.resize(colours, (width, height), interpolation=cv2.INTER_LINEAR)


def without_animal(rgba: np.ndarray) -> np.ndarray:
    """Return the picture with its animal painted over by the blurred surroundings.

    Args:
        rgba: Picture, uint8 (H, W, 4).

    Returns:
        uint8 (H, W, 3).
    """
    return composite(_background_only(rgba), blurred(rgba))


def silhouette(rgba: np.ndarray, colour: tuple[int, int, int], background: tuple[int, int, int]) -> np.ndarray:
    """Return the shape of the mask alone: the animal in one colour on another.

    Args:
        rgba: Picture, uint8 (H, W, 4).
        colour: RGB of the animal.
        background: RGB behind it.

    Returns:
        uint8 (H, W, 3).
    """
    shape = np.dstack([solid(rgba.shape, colour), rgba[..., 3]])
    return composite(shape, solid(rgba.shape, background))


def donated(donor: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return another picture's background, stretched to the height and width of ``shape``.

    Args:
        donor: The other picture, uint8 (h, w, 4).
        shape: Height and width in pixels (H, W, ...).

    Returns:
        uint8 (H, W, 3).
    """
    return without_animal(cv2.resize(donor, (shape[1], shape[0]), interpolation=cv2.INTER_AREA))


def _background_only(rgba: np.ndarray) -> np.ndarray:
    """Return a copy that is opaque where the animal, widened by :data:`MASK_GROWTH`, is not; uint8 (H, W, 4)."""
    reach = 2 * math.ceil(MASK_GROWTH * max(rgba.shape[:2])) + 1
    background = rgba.copy()
    background[..., 3] = 255 - cv2.dilate(rgba[..., 3], np.ones((reach, reach), np.uint8))
    return background
