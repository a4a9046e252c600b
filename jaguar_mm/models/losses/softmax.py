"""The plain linear classifier."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from jaguar_mm.models.losses.class_loss import ClassLoss
from jaguar_mm.registry import LOSSES


@LOSSES.register_module()
class Softmax(ClassLoss):
    """Softmax cross-entropy of a linear layer over the embedding, whose length counts, with a bias for each class.

    Args:
        num_classes: C; the head gives it.
        kwargs: See :class:`~jaguar_mm.models.losses.class_loss.ClassLoss`; there is no ``scale``.
    """

    takes_length = True

    def __init__(self, *, num_classes: int | None, **kwargs: Any) -> None:
        super().__init__(num_classes=num_classes, scale=1.0, **kwargs)
        self.register_parameter('bias', nn.Parameter(torch.zeros(num_classes)) if num_classes else None)

    def similarity(self, embedding: Tensor) -> Tensor:
        """Return the linear scores of embeddings (B, D) for each class (B, C)."""
        return F.linear(embedding, self.weight.to(embedding.dtype), self.bias.to(embedding.dtype))
