"""Test-time augmentation of embeddings: several views of an image, one averaged direction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from jaguar_mm.networks.rescale import rescaled


class EmbeddingTTA:
    """Average the normalised embeddings of flipped and rescaled views.

    Works on the batch that the model gets anyway, so that plain and averaged embeddings come from one pass over the
    images, and the plain view is not computed twice.

    Args:
        flip: Whether to add the mirror image of every view.
        scales: Factors on height and width; other sizes than 1 need a network that takes any size (a CNN, or a vision
            transformer built with ``dynamic_img_size=True``).
        divisor: Sides of rescaled views are rounded to multiples of this, a transformer's patch size.

    Raises:
        ValueError: If there is no view but the plain one, or a scale is not positive.
    """

    def __init__(self, flip: bool = True, scales: Sequence[float] = (1.0,), divisor: int = 1) -> None:
        if not scales or min(scales) <= 0:
            raise ValueError(f'model.tta.scales must be positive factors, got {scales}')
        if not flip and list(scales) == [1.0]:
            raise ValueError('model.tta has no view but the plain one: set flip=True or other scales, or tta=None')
        self.flip = flip
        self.scales = tuple(scales)
        self.divisor = divisor

    @property
    def name(self) -> str:
        """What the averaged view is called: ``'flip'``, or the scales too, as in ``'flip, 0.8 and 1'``."""
        scales = '' if self.scales == (1.0,) else ' and '.join(f'{scale:g}' for scale in self.scales)
        return ', '.join(filter(None, ['flip' * self.flip, scales]))

    def views(self, inputs: Tensor) -> Iterator[Tensor]:
        """Yield the views of a batch (B, 3, H, W) besides the plain one."""
        for scale in self.scales:
            view = inputs
            if scale != 1:
                view = rescaled(inputs, scale, self.divisor)
                yield view
            if self.flip:
                yield view.flip(-1)

    def __call__(self, embed: Callable[[Tensor], Tensor], inputs: Tensor, plain: Tensor) -> Tensor:
        """Return averaged embeddings.

        Args:
            embed: Function from images (B, 3, h, w) to normalised embeddings (B, D).
            inputs: The batch (B, 3, H, W).
            plain: Embeddings of the batch itself (B, D).

        Returns:
            Normalised embeddings (B, D).
        """
        embeddings = [embed(view) for view in self.views(inputs)]
        if 1.0 in self.scales:
            embeddings.append(plain)
        return F.normalize(torch.stack(embeddings).mean(0))
