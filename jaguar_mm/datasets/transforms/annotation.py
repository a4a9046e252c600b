"""Cut out the animal that an annotation outlines."""

from __future__ import annotations

import math

import numpy as np
from mmcv.transforms import BaseTransform

from jaguar_mm.datasets.coco_masks import decode_mask
from jaguar_mm.images import ImageError
from jaguar_mm.images.crop import mask_box
from jaguar_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class CropToAnnotation(BaseTransform):
    """Crop an image to the box of an annotation, with the annotation's mask, if it has one, as alpha.

    Without a box the mask's bounding box is taken. A box that leaves the image ends at its edge.

    Required keys: ``img`` (H, W, 4), ``img_path``, ``has_alpha``, and ``annotation`` with ``id``, ``bbox`` and
    ``segmentation`` (None if there is none) and the image's ``size`` (width, height; None if it is not known), which
    :class:`~jaguar_mm.datasets.CocoReID` supplies.

    Modified keys: ``img``, ``img_shape``, ``has_alpha``.

    Args:
        margin: Border on each side as a share of the box's width or height; it ends at the image's edge.

    Raises:
        ImageError: If the annotation does not fit the image, or its mask is empty.
    """

    def __init__(self, margin: float = 0.0) -> None:
        self.margin = margin

    def transform(self, results: dict) -> dict:
        """Cut it out."""
        annotation = results['annotation']
        try:
            image = self._cut(results['img'], **annotation)
        except ValueError as error:
            raise ImageError(f'{results["img_path"]}: annotation {annotation["id"]!r}: {error}') from error
        has_alpha = results['has_alpha'] or annotation['segmentation'] is not None
        return results | {'img': image, 'img_shape': image.shape[:2], 'has_alpha': has_alpha}

    def _cut(
        self,
        image: np.ndarray,
        id: int | str,
        bbox: list[float] | None,
        segmentation: list | dict | None,
        size: tuple[int, int] | None,
    ) -> np.ndarray:
        """Return the cut-out, uint8 (h, w, 4), of an image (H, W, 4)."""
        height, width = image.shape[:2]
        if size and tuple(size) != (width, height):
            raise ValueError(
                f'was made on {size[0]} x {size[1]} pixels, but the image, turned upright, has {width} x {height}; '
                f'annotate this file, or restore the one that was annotated'
            )
        if segmentation is not None:
            image = np.dstack((image[..., :3], decode_mask(segmentation, height, width)))
        left, top, right, bottom = self._box(bbox) if bbox else mask_box(image[..., 3])
        border_x, border_y = round(self.margin * (right - left)), round(self.margin * (bottom - top))
        cut = image[max(0, top - border_y) : bottom + border_y, max(0, left - border_x) : right + border_x]
        if not cut.size:
            raise ValueError(f'its bbox {bbox} lies outside the image of {width} x {height} pixels')
        if segmentation is not None:
            mask_box(cut[..., 3])  # refuses a mask that is empty
        return np.ascontiguousarray(cut)

    @staticmethod
    def _box(bbox: list[float]) -> tuple[int, int, int, int]:
        """Return left, top, right and bottom of the pixels that a box touches."""
        left, top, width, height = bbox
        corner = max(0, math.floor(left)), max(0, math.floor(top))
        return *corner, max(0, math.ceil(left + width)), max(0, math.ceil(top + height))

    def __repr__(self) -> str:
        return f'{type(self).__name__}(margin={self.margin})'
