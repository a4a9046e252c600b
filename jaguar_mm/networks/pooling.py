"""Average pooling."""

from __future__ import annotations

from torch import Tensor, nn


class AveragePooling(nn.Module):
    """Average a feature map over all positions, as mmpretrain's ``GlobalAveragePooling`` does."""

    def forward(self, features: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Pool each map (B, C, H, W) to (B, C)."""
        return tuple(nn.functional.adaptive_avg_pool2d(feature, 1).flatten(1) for feature in features)
