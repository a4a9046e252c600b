"""The animal as detectors see it: cut out, at one size, its surroundings darkened."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from jaguar_mm.images import LoadedImage, resize
from jaguar_mm.images.crop import HALF_OPAQUE, widened_box

MARGIN = 0.05  # border around the mask's box, as a share of its width or height
ENLARGED = 2.0  # at most
FADE = 0.01  # standard deviation of the mask's edge, as a share of the longer side
EDGE = 0.01  # width of the rim within the mask that has no keypoints, as a share of the longer side


class Animal(NamedTuple):
    """The part of an image that shows the animal.

    Attributes:
        pixels: RGB, uint8 (h, w, 3); what is not the animal fades into black.
        inside: Where keypoints may be, boolean (h, w): on the animal, away from its outline.
        box: Left, top, right and bottom of the part in pixels of the image, float32 (4,).
    """

    pixels: np.ndarray
    inside: np.ndarray
    box: np.ndarray

    def to_image(self, points: np.ndarray) -> np.ndarray:
        """Return points (n, 2) of the part in pixels of the image, float32."""
        height, width = self.inside.shape
        scale = (self.box[2:] - self.box[:2]) / (width, height)
        return ((points + 0.5) * scale + self.box[:2] - 0.5).astype(np.float32)


def cut_out(image: LoadedImage, size: int) -> Animal:
    """Cut the animal out and bring its longer side to a size.

    An edge between animal and black would draw keypoints, hence the fading (a public comparison found that filtering
    keypoints by the mask helps where painting the background black before detection hurts).

    Args:
        image: An image; without a mask, or with an empty one, the whole of it is the animal.
        size: Longer side in pixels; an image is enlarged twofold at most.
    """
    alpha = image.pixels[..., 3]
    height, width = alpha.shape
    masked = image.has_alpha and bool((alpha >= HALF_OPAQUE).any())
    left, top, right, bottom = widened_box(alpha, MARGIN) if masked else (0, 0, width, height)
    part = image.pixels[top:bottom, left:right]
    scale = min(size / max(part.shape[:2]), ENLARGED)
    shape = max(1, round(scale * (right - left))), max(1, round(scale * (bottom - top)))
    part = resize(np.ascontiguousarray(part), shape, 'area' if scale < 1 else 'bicubic')
    pixels, inside = part[..., :3], np.ones(part.shape[:2], bool)
    if masked:
        pixels, inside = _darkened(part)
    return Animal(np.ascontiguousarray(pixels), inside, np.array([left, top, right, bottom], np.float32))


def _darkened(part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the colours (h, w, 3) with dark surroundings, and where keypoints may be (h, w)."""
    longer = max(part.shape[:2])
    opaque = (part[..., 3] >= HALF_OPAQUE).astype(np.uint8)
    soft = cv2.GaussianBlur(opaque.astype(np.float32), (0, 0), max(FADE * longer, 0.5))
    rim = 2 * max(1, round(EDGE * longer)) + 1
    ellipse = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (rim, rim))
    inside = cv2.erode(opaque, ellipse, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.rint(part[..., :3] * soft[..., None]).astype(np.uint8), inside.astype(bool)
