"""Crop to the animal that the alpha channel outlines."""

from __future__ import annotations

from mmcv.transforms import BaseTransform

from jaguar_mm.images import ImageError, crop_to_mask
from jaguar_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class CropToMask(BaseTransform):
    """Crop to the bounding box of the animal; an image without alpha stays whole.

    Required keys: ``img`` (H, W, 4), ``has_alpha``, ``img_path``.

    Modified keys: ``img``, ``img_shape``.

    Args:
        margin: Border on each side as a share of the box's width or height; it ends at the image's edge.

    Raises:
        ImageError: If the mask is empty.
    """

    def __init__(self, margin: float = 0.05) -> None:
        self.margin = margin

    def transform(self, results: dict) -> dict:
        """Crop the image."""
        if not results['has_alpha']:
            return results
        try:
            image = crop_to_mask(results['img'], self.margin)
        except ValueError as error:
            raise ImageError(f'{results["img_path"]}: {error}; segment the image again or leave it out') from error
        return results | {'img': image, 'img_shape': image.shape[:2]}

    def __repr__(self) -> str:
        return f'{type(self).__name__}(margin={self.margin})'
