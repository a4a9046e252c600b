"""An image's perceptual hash: 256 bits of which frames of one burst share nearly all.

The hash of the DCT (Zauner 2010), but with 256 bits instead of 64, of the animal alone: cut out to the box of its mask,
on grey. What it finds is measured by ``benchmarks/duplicates.py`` and tabled in the README.

Groups run together as soon as a few pairs of two bursts are taken for near-duplicates: 64 bits leave no room for that.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

import cv2
import numpy as np

from jaguar_mm.images.background import composite, solid
from jaguar_mm.images.crop import crop_to_mask
from jaguar_mm.images.gate.load import load_rgba

BITS = 256
# Bits in which near-duplicates differ at most. On low seeds, which chose it, bursts begin to run together soon after;
# on others precision is 0.997 to 1.000 and recall 0.994 to 0.995 (benchmarks/results/duplicates.json).
MOST_BITS = 52
SIDE = 64  # pixels to which an image is shrunk
WAVES = slice(1, 17)  # frequencies that are kept across and down, in half periods an image; 0 is brightness
GREY = (128, 128, 128)
CHUNK = 4  # images handed to a worker at once


def image_hash(rgba: np.ndarray) -> np.ndarray:
    """Return the perceptual hash of an image; how many bits differ tells how unlike two images are.

    Where the mask is empty, and without one, the whole image counts.

    Args:
        rgba: Image, uint8 (H, W, 4).

    Returns:
        Boolean (256,).
    """
    grey = cv2.cvtColor(_animal(rgba), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    amplitudes = cv2.dct(small.astype(np.float32))[WAVES, WAVES]
    return (amplitudes > np.median(amplitudes)).ravel()


def hash_images(paths: Sequence[str | os.PathLike], workers: int) -> Iterator[np.ndarray]:
    """Hash many files in parallel.

    Args:
        paths: The files.
        workers: Processes, at least one.

    Yields:
        The hashes in the files' order, each as soon as it and those before it are there.

    Raises:
        ImageError: At the first file that cannot be used.
    """
    with ProcessPoolExecutor(workers, multiprocessing.get_context('spawn'), cv2.setNumThreads, (1,)) as pool:
        yield from pool.map(_hash_file, paths, chunksize=CHUNK)


def _hash_file(path: str | os.PathLike) -> np.ndarray:
    return image_hash(load_rgba(path).pixels)


def _animal(rgba: np.ndarray) -> np.ndarray:
    """Return the animal on grey, uint8 (h, w, 3); all that there is if the mask is empty."""
    try:
        cut = crop_to_mask(rgba, margin=0)
    except ValueError:
        return np.ascontiguousarray(rgba[..., :3])
    return composite(cut, solid(cut.shape, GREY))
