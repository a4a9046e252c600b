"""Maximum pooling, and average and maximum together."""

from __future__ import annotations

from timm.layers import SelectAdaptivePool2d
from torch import Tensor, nn

KINDS = ('avg', 'max', 'avgmax', 'catavgmax')


class TimmPooling(nn.Module):
    """Pool a feature map over all positions by timm's ``SelectAdaptivePool2d``.

    Args:
        pool_type: ``'avg'``; ``'max'``; ``'avgmax'``, the mean of both; or ``'catavgmax'``, both one after the other.
        in_channels: C; a model that the neck is built in gives it.

    Raises:
        ValueError: If there is no such pooling.

    Attributes:
        out_channels: D, which is 2 C for ``'catavgmax'`` and else C.
    """

    def __init__(self, pool_type: str, in_channels: int) -> None:
        super().__init__()
        if pool_type not in KINDS:
            raise ValueError(f'TimmPooling.pool_type must be one of {", ".join(KINDS)}, got {pool_type!r}')
        self.pool = SelectAdaptivePool2d(pool_type=pool_type, flatten=True)
        self.out_channels = in_channels * self.pool.feat_mult()

    def forward(self, features: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Pool each map (B, C, H, W) to (B, D)."""
        return tuple(self.pool(feature) for feature in features)
