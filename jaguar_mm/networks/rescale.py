"""A batch of images in another size."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def rescaled(inputs: Tensor, scale: float, divisor: int = 1) -> Tensor:
    """Return a batch (B, 3, H, W) in another size (B, 3, h, w).

    Args:
        inputs: The batch.
        scale: Factor on height and width.
        divisor: Both are rounded to multiples of this, a transformer's patch size.
    """
    size = [max(1, round(side * scale / divisor)) * divisor for side in inputs.shape[-2:]]
    return F.interpolate(inputs, size, mode='bicubic', antialias=True, align_corners=False)
