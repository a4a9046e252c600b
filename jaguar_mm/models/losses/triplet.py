"""Batch-hard triplet loss."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from jaguar_mm.models.losses.pair_loss import PairLoss, mean_of
from jaguar_mm.registry import LOSSES


@LOSSES.register_module()
class Triplet(PairLoss):
    """Every image: its farthest own image nearer than its nearest other (Hermans et al. 2017, eq. 5, mean).

    Images without another one of their class, or without one of another class, do not count.

    Args:
        margin: By how much nearer, in Euclidean distance of unit vectors; None: the soft margin of section 2,
            ``log(1 + exp(gap))``.
    """

    def __init__(self, margin: float | None = 0.3) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, embedding: Tensor, labels: Tensor) -> Tensor:
        """Return the mean over the batch's anchors, see ``PairLoss``."""
        distance = torch.cdist(embedding, embedding, compute_mode='donot_use_mm_for_euclid_dist')  # exact near 0
        same = labels[:, None] == labels  # (B, B)
        gap = distance.where(same, 0).amax(1) - distance.where(~same, torch.inf).amin(1)
        losses = F.softplus(gap) if self.margin is None else (gap + self.margin).clamp(min=0)
        return mean_of(losses, (same.sum(1) > 1) & ~same.all(1))
