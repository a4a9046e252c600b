"""Load a picture with its alpha channel."""

from __future__ import annotations

from mmcv.transforms import BaseTransform

from jaguar_mm.images import PictureCache, load_rgba
from jaguar_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadRGBA(BaseTransform):
    """Read the picture file as uint8 (H, W, 4), channels in RGBA order, or take its shrunk picture from a cache.

    Required keys: ``img_path``.

    Added keys: ``img``, ``img_shape`` and ``ori_shape`` (H, W), ``has_alpha`` (bool; without alpha the fourth channel
    is 255 everywhere), ``load`` (the function that loaded it, for loading others in the same way).

    Args:
        cache: Folder of the cache, see :class:`~jaguar_mm.images.PictureCache`; None reads the file each time. What
            the cache lacks is added as it is loaded; tools/build_cache.py fills it beforehand.
        size: Length in pixels to which the shorter side is shrunk in the cache, if it is longer. Crops and random
            crops take away from it: a little more than the network's input is right.
        cache_gb: Gigabytes that the cache may have.

    Raises:
        ImageError: If the file cannot be read as a picture.
        ValueError: If ``size`` is not at least 1.
    """

    def __init__(self, cache: str | None = None, size: int = 512, cache_gb: float = 50) -> None:
        self.cache = None if cache is None else PictureCache(cache, size, cache_gb * 1e9)

    def transform(self, results: dict) -> dict:
        """Load the picture."""
        load = load_rgba if self.cache is None else self.cache.load
        pixels, has_alpha = load(results['img_path'])
        shape = pixels.shape[:2]
        return results | {'img': pixels, 'has_alpha': has_alpha, 'img_shape': shape, 'ori_shape': shape, 'load': load}

    def __repr__(self) -> str:
        if self.cache is None:
            return f'{type(self).__name__}()'
        return (
            f'{type(self).__name__}(cache={str(self.cache.folder)!r}, size={self.cache.side}, '
            f'cache_gb={self.cache.limit / 1e9:g})'
        )
