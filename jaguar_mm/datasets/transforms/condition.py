"""Show a model the animal, the background, or both, to find out which of them it recognises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from mmcv.transforms import BaseTransform, Compose

from jaguar_mm.images import ImageError, composite
from jaguar_mm.images.background import (
    BLACK,
    IMAGENET_MEAN,
    blurred,
    donated,
    silhouette,
    solid,
    without_alpha,
    without_animal,
)
from jaguar_mm.registry import TRANSFORMS

CONDITIONS = ('original', 'foreground', 'background', 'silhouette', 'blurred', 'swapped')


@TRANSFORMS.register_module()
class BackgroundCondition(BaseTransform):
    """Put an image under one condition and drop the alpha channel; takes the place of an ``AlphaMask``.

    - ``original`` is the image as it is;
    - ``foreground`` has the mean colour of ImageNet behind the animal;
    - ``background`` has the animal painted over by its surroundings;
    - ``silhouette`` is the mask's shape, black on that mean colour;
    - ``blurred`` has the image's own background, blurred, behind the animal;
    - ``swapped`` has another image's background behind the animal, as that image would show it.

    Required keys: ``img`` (H, W, 4), ``has_alpha``, ``img_path``; for ``swapped`` also ``image_name``.

    Modified keys: ``img``, now (H, W, 3) in RGB order.

    Args:
        condition: One of :data:`CONDITIONS`.
        before: The transforms that come before this one; for ``swapped`` the donor goes through them too.
        donors: For ``swapped``: name of each image to the path of the one that gives its background.

    Raises:
        ValueError: If the condition is unknown.
        ImageError: If the image, or its donor, has no alpha channel and the condition needs one.
    """

    def __init__(self, condition: str, before: Sequence[dict] = (), donors: Mapping[str, str] | None = None) -> None:
        if condition not in CONDITIONS:
            raise ValueError(f'BackgroundCondition.condition must be one of {CONDITIONS}, got {condition!r}')
        self.condition = condition
        self.before = Compose([TRANSFORMS.build(step) for step in before])
        self.donors = dict(donors or {})

    def transform(self, results: dict) -> dict:
        """Put the image under the condition."""
        image = results['img']
        if self.condition == 'original':
            return results | {'img': without_alpha(image)}
        _check_alpha(results)
        if self.condition == 'background':
            return results | {'img': without_animal(image)}
        if self.condition == 'silhouette':
            return results | {'img': silhouette(image, BLACK, IMAGENET_MEAN)}
        return results | {'img': composite(image, self._make_background(image, results))}

    def _make_background(self, image: np.ndarray, results: dict) -> np.ndarray:
        """Return what stands behind the animal, uint8 (H, W, 3)."""
        if self.condition == 'foreground':
            return solid(image.shape, IMAGENET_MEAN)
        if self.condition == 'blurred':
            return blurred(image)
        donor = self.before({'img_path': self.donors[results['image_name']]})
        _check_alpha(donor)
        return donated(donor['img'], image.shape)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(condition={self.condition!r}, donors of {len(self.donors)} images)'


def _check_alpha(results: dict) -> None:
    """Raise ImageError if nothing outlines the animal."""
    if not results['has_alpha']:
        raise ImageError(
            f'{results["img_path"]}: has no alpha channel, so animal and background cannot be told apart; segment the '
            f'image, or leave it out of the data set'
        )
