"""Supervised contrastive loss."""

from __future__ import annotations

import torch
from torch import Tensor

from jaguar_mm.models.losses.pair_loss import PairLoss, mean_of
from jaguar_mm.registry import LOSSES


@LOSSES.register_module()
class SupCon(PairLoss):
    """Softmax over the other images of the batch, averaged over those of the same class (Khosla et al. 2020, eq. 2).

    Images without another one of their class do not count as anchors.

    Args:
        temperature: Divides the cosines.
    """

    def __init__(self, temperature: float = 0.1) -> None:
        super().__init__()
        self.temperature = temperature

    def forward(self, embedding: Tensor, labels: Tensor) -> Tensor:
        """Return the mean over the batch's anchors, see ``PairLoss``."""
        logits = embedding @ embedding.T / self.temperature  # (B, B)
        itself = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
        positive = (labels[:, None] == labels) & ~itself
        shares = logits.masked_fill(itself, torch.finfo(logits.dtype).min).log_softmax(1)
        losses = -shares.where(positive, 0).sum(1) / positive.sum(1).clamp(min=1)
        return mean_of(losses, positive.any(1))
