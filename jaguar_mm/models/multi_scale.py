"""Training in several sizes of images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jaguar_mm.models.preprocessor import ReIDDataPreprocessor
from jaguar_mm.networks.rescale import rescaled
from jaguar_mm.registry import MODELS


@MODELS.register_module()
class MultiScalePreprocessor(ReIDDataPreprocessor):
    """Give every training batch another size, drawn from some (Redmon and Farhadi, CVPR 2017, section 2).

    Images to be tested keep the size of their pipeline. The draw comes from NumPy's generator, which the training
    loop seeds for every step. A batch that is computed in parts (``train_cfg.micro_batch``) has a draw for each part.

    Args:
        scales: Factors on height and width of the images; others than 1 need a network that takes any size (a
            CNN, or a vision transformer built with ``dynamic_img_size=True``).
        divisor: Sides are rounded to multiples of this, a transformer's patch size.
        **kwargs: See :class:`~jaguar_mm.models.preprocessor.ReIDDataPreprocessor`.

    Raises:
        ValueError: If there are no scales, or one is not positive.
    """

    def __init__(self, scales: Sequence[float], divisor: int = 1, **kwargs) -> None:
        super().__init__(**kwargs)
        if not scales or min(scales) <= 0:
            raise ValueError(f'model.data_preprocessor.scales must be positive factors, got {scales}')
        self.scales, self.divisor = tuple(scales), divisor

    def forward(self, data: dict, training: bool = False) -> dict:
        """Prepare a batch (B, 3, H, W); in training it comes out as (B, 3, h, w)."""
        prepared = super().forward(data, training)
        scale = self.scales[np.random.randint(len(self.scales))] if training else 1.0
        return prepared if scale == 1 else prepared | dict(inputs=rescaled(prepared['inputs'], scale, self.divisor))
