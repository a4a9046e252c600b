"""Generalised-mean pooling for feature maps and tokens of either sign."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SMALLEST = 1e-6  # powers are straight lines below this, for a finite slope at zero


def gem(features: Tensor, p: Tensor | float = 3.0) -> Tensor:
    """Pool by the generalised mean over all positions: ``mean(x ** p) ** (1 / p)``.

    Radenović et al., TPAMI 2019, eq. 3, which is made for the non-negative output of a ReLU. Features of either sign,
    such as a transformer's tokens, are pooled as the generalised mean of the positive part less that of the negative
    part. This equals the formula where nothing is negative and average pooling at p = 1, changes its sign with the
    features, and has slopes of at most 1 (a signed power under one root would have infinite ones where positive and
    negative features cancel). Each part is divided by its largest feature first, so that no power overflows.

    Args:
        features: A map (B, C, H, W) or tokens (B, N, C) without class token, of any floating dtype.
        p: The exponent, at least 1; the larger, the closer to maximum pooling.

    Returns:
        Pooled features (B, C), in float32 or the input's own dtype if that is float64, whatever autocast says.

    Raises:
        ValueError: If the features have neither three nor four dimensions.
    """
    if features.ndim not in (3, 4):
        raise ValueError(f'GeM pools maps (B, C, H, W) or tokens (B, N, C), got the shape {tuple(features.shape)}')
    x = features.flatten(2) if features.ndim == 4 else features.transpose(1, 2)  # (B, C, N)
    x = x.to(torch.promote_types(x.dtype, torch.float32))  # autocast lowers none of the operations below
    return _power_mean(x.relu(), p) - _power_mean((-x).relu(), p)


def _power_mean(x: Tensor, p: Tensor | float) -> Tensor:
    """Return ``mean(x ** p) ** (1 / p)`` of non-negative x over the last dimension."""
    largest = x.detach().amax(-1, keepdim=True).clamp(min=SMALLEST**2)
    mean = _power(x / largest, p).mean(-1)
    return _power(mean, 1 / p) * largest.squeeze(-1)


def _power(x: Tensor, exponent: Tensor | float) -> Tensor:
    return x * x.clamp(min=SMALLEST).pow(exponent - 1)


class GeM(nn.Module):
    """Generalised-mean pooling (:func:`gem`) as a neck.

    Args:
        p: The exponent, at least 1.
        learnable: Whether the exponent is trained; it is never used below 1.
    """

    def __init__(self, p: float = 3.0, learnable: bool = True) -> None:
        super().__init__()
        if p < 1:
            raise ValueError(f'GeM.p must be at least 1, got {p}')
        self.p = nn.Parameter(torch.tensor([float(p)]), requires_grad=learnable)

    def forward(self, features: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Pool each map (B, C, H, W) or token sequence (B, N, C) to (B, C)."""
        return tuple(gem(feature, self.p.clamp(min=1)) for feature in features)

    def extra_repr(self) -> str:
        """Return the exponent for the printed model."""
        return f'p={self.p.item():.3g}, learnable={self.p.requires_grad}'
