"""Easy images count less."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from jaguar_mm.registry import FOCUSES

SMALLEST = 1e-12  # of 1 - p, for a finite slope where an image is certain


@FOCUSES.register_module()
class Focal(nn.Module):
    """Weigh each target by ``(1 - p) ** gamma`` (Lin et al., ICCV 2017, eq. 4), with ``p = exp(-loss)``.

    Without label smoothing p is the probability of the target's class. Mixed labels are weighed one by one.

    Args:
        gamma: 0 weighs all alike.
    """

    compares_images = False

    def __init__(self, gamma: float = 2.0) -> None:
        super().__init__()
        self.gamma = gamma

    def forward(self, losses: Tensor, labels: Tensor) -> Tensor:
        """Return the weights (T,) of targets by their losses (T,)."""
        return (-torch.expm1(-losses)).clamp(min=SMALLEST).pow(self.gamma)
