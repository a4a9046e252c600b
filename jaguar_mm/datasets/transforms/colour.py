"""Change brightness, contrast and saturation by chance, many times as fast as step by step."""

from __future__ import annotations

from collections.abc import Sequence

from mmpretrain.datasets import ColorJitter

from jaguar_mm.images.colour import adjust_colours
from jaguar_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class MatrixColorJitter(ColorJitter):
    """mmpretrain's ``ColorJitter`` in one step, see :func:`~jaguar_mm.images.colour.adjust_colours`.

    It draws the same numbers. What it gives differs where a single step would have left 0 to 255, and by rounding. Grey
    is that of RGB, the order that LoadRGBA gives; the stock transform takes the channels for BGR. There is no hue,
    which no matrix can turn as HSV does.

    Required keys: ``img``, uint8 (H, W, 3), channels in RGB order.

    Modified keys: ``img``.

    Args:
        brightness: Factors are drawn from 1 - brightness to 1 + brightness, or from a pair (lowest, highest).
        contrast: The same.
        saturation: The same.
    """

    def __init__(
        self,
        brightness: float | Sequence[float] = 0.0,
        contrast: float | Sequence[float] = 0.0,
        saturation: float | Sequence[float] = 0.0,
    ) -> None:
        super().__init__(brightness, contrast, saturation)

    def transform(self, results: dict) -> dict:
        """Change the image's colours."""
        _, *factors, _ = self._rand_params()
        return results | {'img': adjust_colours(results['img'], *(1 if each is None else each for each in factors))}
