"""CurricularFace: hard other classes count more as training goes on."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from jaguar_mm.models.losses.arcface import ArcFace
from jaguar_mm.models.losses.targets import one_by_one
from jaguar_mm.registry import LOSSES


@LOSSES.register_module()
class CurricularFace(ArcFace):
    """ArcFace in which a class that is nearer than the own one has the cosine ``c (t + c)`` (Huang et al., CVPR 2020).

    Section 3.2: t follows the mean cosine with the own class, from 0 on, so that hard classes count less than in
    ArcFace at first, and more at the end.

    Args:
        momentum: Share of a batch in t.
        kwargs: See :class:`~jaguar_mm.models.losses.arcface.ArcFace`.
    """

    def __init__(self, *, momentum: float = 0.01, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum
        self.register_buffer('t', torch.zeros(()))

    def logits(self, similarity: Tensor, labels: Tensor) -> Tensor:
        """Return scaled cosines (T, C), see ``ClassLoss``."""
        logits = super().logits(similarity, labels)
        own = logits.gather(1, labels[:, None])
        hard = logits > own  # never the own class itself
        return logits.where(~hard, self.scale * similarity * (self.t + similarity))

    def forward(self, embedding: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss over the batch; in training t follows it first."""
        if self.training:
            self._follow(embedding.detach(), targets)
        return super().forward(embedding, targets)

    @torch.no_grad()
    def _follow(self, embedding: Tensor, targets: Tensor) -> None:
        similarity = self.similarity(embedding)
        images, labels, shares = one_by_one(targets, similarity.dtype)
        mean = (shares * similarity[images, labels]).sum() / len(embedding)
        self.t.lerp_(mean.to(self.t.dtype), self.momentum)
