"""Backgrounds to put behind an animal that is cut out by its alpha channel.

A generator returns uint8 (H, W, 3) in RGB order; :func:`composite` lays the animal over it. The pixels under alpha = 0
are the real background in some competition rounds and zero in others, so nothing here relies on their content beyond
copying it.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from jaguar_mm.images.shrink import averaged
from jaguar_mm.kernels import kernel

IMAGENET_MEAN = (124, 116, 104)  # (0.485, 0.456, 0.406) * 255
BLACK = (0, 0, 0)
FIXED_COLOURS = {'mean': IMAGENET_MEAN, 'black': BLACK}
FIXED_BACKGROUNDS = ('keep', 'blur', *FIXED_COLOURS)
THUMBNAIL = 64  # pixels of the longer side at which blurring is done
SIGMA = 0.05  # standard deviation of the blur as a share of the longer side
MASK_GROWTH = 0.01  # share of the longer side by which a mask is widened to hide the animal's fringe


def composite(rgba: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Lay an image over a background: ``alpha * image + (1 - alpha) * background``.

    Args:
        rgba: Image, uint8 (H, W, 4).
        background: Background, uint8 (H, W, 3).

    Returns:
        The opaque image, uint8 (H, W, 3).
    """
    blended = np.empty(background.shape, np.uint8)
    _blend(_packed(rgba).ravel(), np.ascontiguousarray(background).ravel(), blended.ravel())
    return blended


def without_alpha(rgba: np.ndarray) -> np.ndarray:
    """Return the colours of an image as they are, uint8 (H, W, 3)."""
    return cv2.cvtColor(_packed(rgba), cv2.COLOR_RGBA2RGB)


def fixed_background(rgba: np.ndarray, kind: str) -> np.ndarray:
    """Put behind the animal what needs no choice, and drop alpha.

    Args:
        rgba: Image, uint8 (H, W, 4).
        kind: One of :data:`FIXED_BACKGROUNDS`: ``keep`` shows what lies under the mask, ``blur`` blurs the image's
            own background, ``mean`` is the mean colour of ImageNet.

    Returns:
        uint8 (H, W, 3).
    """
    if kind == 'keep':
        return without_alpha(rgba)
    if kind == 'blur':
        return composite(rgba, blurred(rgba))
    return composite(rgba, solid(rgba.shape, FIXED_COLOURS[kind]))


def solid(shape: tuple[int, ...], colour: tuple[int, int, int]) -> np.ndarray:
    """Return one RGB colour of 0 to 255 all over the height and width of ``shape`` (H, W, ...)."""
    background = np.empty((*shape[:2], 3), np.uint8)
    background[0] = colour
    background[1:] = background[0]  # rows at once: fifty times as fast as pixels
    return background


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


def blurred(rgba: np.ndarray, sigma: float = SIGMA) -> np.ndarray:
    """Return the image's own background, blurred and continued behind the animal.

    Normalised convolution (Knutsson and Westin, CVPR 1993): the colours are averaged with the background's share as
    weight, so that nothing of the animal leaks in. Where no background is near, its mean colour takes over.

    Args:
        rgba: Image, uint8 (H, W, 4).
        sigma: Standard deviation of the blur as a share of the longer side.

    Returns:
        uint8 (H, W, 3); :data:`IMAGENET_MEAN` all over if the image has no background.
    """
    return _blurred(_background_only(rgba), sigma)


def without_animal(rgba: np.ndarray) -> np.ndarray:
    """Return the image with its animal painted over by the blurred surroundings.

    Args:
        rgba: Image, uint8 (H, W, 4).

    Returns:
        uint8 (H, W, 3).
    """
    background = _background_only(rgba)
    return composite(background, _blurred(background, SIGMA))


def silhouette(rgba: np.ndarray, colour: tuple[int, int, int], background: tuple[int, int, int]) -> np.ndarray:
    """Return the shape of the mask alone: the animal in one colour on another.

    Args:
        rgba: Image, uint8 (H, W, 4).
        colour: RGB of the animal.
        background: RGB behind it.

    Returns:
        uint8 (H, W, 3).
    """
    shape = np.dstack([solid(rgba.shape, colour), rgba[..., 3]])
    return composite(shape, solid(rgba.shape, background))


def donated(donor: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return another image's background, stretched to the height and width of ``shape``.

    Args:
        donor: The other image, uint8 (h, w, 4).
        shape: Height and width in pixels (H, W, ...).

    Returns:
        uint8 (H, W, 3).
    """
    height, width = shape[:2]
    if max(donor.shape[0] / height, donor.shape[1] / width) > 2:
        return without_animal(averaged(donor, (width, height)))
    return without_animal(cv2.resize(donor, (width, height), interpolation=cv2.INTER_LINEAR))  # skips no pixel: faster


def _blurred(background: np.ndarray, sigma: float) -> np.ndarray:
    """Return :func:`blurred` of an image that is opaque where its background is; uint8 (H, W, 3)."""
    height, width = background.shape[:2]
    shrink = min(1, THUMBNAIL / max(height, width))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    weighted = cv2.cvtColor(background, cv2.COLOR_RGBA2mRGBA)  # colour times weight
    small = cv2.resize(weighted, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    if not small[..., 3].any():
        return solid(background.shape, IMAGENET_MEAN)
    spread = cv2.GaussianBlur(small, (0, 0), sigma * max(size)) + 1e-3 * small.mean((0, 1))
    colours = np.clip(255 * spread[..., :3] / spread[..., 3:], 0, 255).round().astype(np.uint8)
    return cv2.resize(colours, (width, height), interpolation=cv2.INTER_LINEAR)


def _background_only(rgba: np.ndarray) -> np.ndarray:
    """Return a copy that is opaque where the animal, widened by :data:`MASK_GROWTH`, is not; uint8 (H, W, 4)."""
    reach = 2 * math.ceil(MASK_GROWTH * max(rgba.shape[:2])) + 1
    background = _packed(rgba).copy()
    animal = cv2.dilate(cv2.extractChannel(background, 3), np.ones((reach, reach), np.uint8))
    return cv2.insertChannel(~animal, background, 3)


@kernel()
def _blend(rgba: np.ndarray, background: np.ndarray, blended: np.ndarray) -> None:
    """Write ``alpha * image + (1 - alpha) * background``, rounded, for flat arrays (4 * P,), (3 * P,), (3 * P,)."""
    for pixel in range(len(blended) // 3):
        alpha = np.uint32(rgba[4 * pixel + 3])
        for channel in range(3):
            place = 3 * pixel + channel
            total = alpha * rgba[4 * pixel + channel] + (np.uint32(255) - alpha) * background[place] + np.uint32(128)
            blended[place] = (total + (total >> np.uint32(8))) >> np.uint32(8)  # total / 255, up to 255 * 255


def _packed(rgba: np.ndarray) -> np.ndarray:
    """Return an image without gaps and in order; a flipped view is copied by pixels, not by the far slower bytes."""
    if rgba.strides[2] != 1:
        return np.ascontiguousarray(rgba)
    return np.ascontiguousarray(rgba.view(np.uint32)).view(np.uint8)
