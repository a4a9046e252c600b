"""Four images in one."""

from __future__ import annotations

from itertools import product

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from jaguar_mm.registry import BATCH_AUGMENTS


@BATCH_AUGMENTS.register_module()
class Mosaic:
    """Put four images of the batch, shrunk, around one point; each label gets the share of its image's area.

    The idea is that of Bochkovskiy et al. (arXiv 2004.10934, section 3.3), who detect objects; whole animals, each in a
    quarter, keep their identity. A batch has one point, drawn evenly. Every image is the first one (top left) of one
    mosaic; the other three of each are drawn from the batch, and may be the same image.

    Args:
        border: Nearest that the point comes to an edge, as a share of the side, 0 to 0.5.

    Raises:
        ValueError: If it is not.
    """

    def __init__(self, border: float = 0.25) -> None:
        if not 0 < border <= 0.5:
            raise ValueError(f'model.train_cfg.augments: Mosaic.border must be above 0 and at most 0.5, got {border}')
        self.border = border

    def __call__(self, inputs: Tensor, scores: Tensor) -> tuple[Tensor, Tensor]:
        """Make the mosaics.

        Args:
            inputs: Images (B, 3, H, W).
            scores: Shares of the classes (B, C), rows add up to 1.

        Returns:
            Mosaics (B, 3, H, W) and their shares (B, C).
        """
        height, width = inputs.shape[-2:]
        mosaics, shares = torch.empty_like(inputs), torch.zeros_like(scores, dtype=torch.float32)
        for place, (rows, columns) in enumerate(product(self._cut(height), self._cut(width))):
            chosen = torch.randperm(len(inputs)) if place else torch.arange(len(inputs))
            size = rows.stop - rows.start, columns.stop - columns.start
            tiles = F.interpolate(inputs[chosen], size, mode='bilinear', antialias=True, align_corners=False)
            mosaics[:, :, rows, columns] = tiles
            shares += size[0] * size[1] / (height * width) * scores[chosen]
        return mosaics, shares

    def _cut(self, side: int) -> tuple[slice, slice]:
        """Draw where a side is cut, and return its two parts, each of a pixel at least."""
        cut = min(max(1, round(side * np.random.uniform(self.border, 1 - self.border))), side - 1)
        return slice(0, cut), slice(cut, side)
