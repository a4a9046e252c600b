"""Only the hardest images of a batch count."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from jaguar_mm.registry import FOCUSES


@FOCUSES.register_module()
class Hardest(nn.Module):
    """Average the largest losses of a batch alone: online hard example mining (Shrivastava et al., CVPR 2016).

    A mixed image has a high loss because it is mixed, not because it is hard, so mixed labels are refused. On several
    processes each chooses from its own batch.

    Args:
        share: Share of the images that count, above 0, at most 1; one at least does.
    """

    compares_images = True

    def __init__(self, share: float = 0.5) -> None:
        super().__init__()
        if not 0 < share <= 1:
            raise ValueError(f'Hardest.share must be above 0 and at most 1, got {share}')
        self.share = share

    def forward(self, losses: Tensor, labels: Tensor) -> Tensor:
        """Return the weights (B,) of images by their losses (B,): 0, or alike with the mean 1."""
        count = max(1, round(self.share * len(losses)))
        chosen = losses.detach().topk(count).indices
        return torch.zeros_like(losses).scatter(0, chosen, len(losses) / count)
