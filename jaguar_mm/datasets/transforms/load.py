"""Load a picture with its alpha channel."""

from __future__ import annotations

from mmcv.transforms import BaseTransform

from jaguar_mm.images import load_rgba
from jaguar_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadRGBA(BaseTransform):
    """Read the picture file as uint8 (H, W, 4), channels in RGBA order.

    Required keys: ``img_path``.

    Added keys: ``img``, ``img_shape`` and ``ori_shape`` (H, W), ``has_alpha`` (bool; without alpha the fourth channel
    is 255 everywhere).

    Raises:
        ImageError: If the file cannot be read as a picture.
    """

    def transform(self, results: dict) -> dict:
        """Load the picture."""
        picture = load_rgba(results['img_path'])
        shape = picture.pixels.shape[:2]
        return results | {'img': picture.pixels, 'has_alpha': picture.has_alpha, 'img_shape': shape, 'ori_shape': shape}

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'
