"""What every loss against class centres shares: the centres, cosines with them, and mixed labels."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from jaguar_mm.models.losses.cross_entropy import margin_cross_entropy


class ClassLoss(nn.Module):
    """Softmax cross-entropy of the cosines of embeddings with one centre a class; a subclass adds a margin.

    It takes hard and mixed labels. Without ``num_classes`` it has no centres; weights that are loaded bring theirs.

    Args:
        num_classes: Number of training identities; the head gives it.
        in_channels: Width of the embedding; the head gives it.
        scale: Factor on the cosines.
        label_smoothing: Share of each target spread over all classes.
    """

    def __init__(
        self, num_classes: int | None, in_channels: int | None, scale: float = 30.0, label_smoothing: float = 0.0
    ) -> None:
        super().__init__()
        self.scale, self.label_smoothing = scale, label_smoothing
        self.register_parameter('weight', None)  # class centres (C, D)
        if num_classes:
            self.weight = nn.Parameter(torch.empty(num_classes, in_channels))
            nn.init.xavier_uniform_(self.weight)

    def with_margin(self, cosine: Tensor) -> Tensor:
        """Return the cosines of embeddings with their own centres (T,), made harder to raise."""
        return cosine

    def cosine(self, embedding: Tensor) -> Tensor:
        """Return the cosine of each unit embedding (B, D) with each class (B, C)."""
        return embedding @ F.normalize(self.weight.to(embedding.dtype)).T

    def forward(self, embedding: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss over the batch.

        Args:
            embedding: Unit vectors (B, D), float32 or float64.
            targets: Class indices (B,), or shares (B, C) with rows that add up to 1.
        """
        cosine = self.cosine(embedding)
        return margin_cross_entropy(cosine, targets, self.scale, self.with_margin, self.label_smoothing)

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *args: Any) -> None:
        """Load the centres; make room for those of a file if there are none."""
        found = state_dict.get(f'{prefix}weight')
        if self.weight is None and found is not None:
            self.weight = nn.Parameter(torch.empty_like(found))
        super()._load_from_state_dict(state_dict, prefix, *args)
