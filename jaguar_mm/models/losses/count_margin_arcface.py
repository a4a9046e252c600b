"""ArcFace with a larger margin for classes of few images."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from jaguar_mm.models.losses.arcface import add_angular_margin
from jaguar_mm.models.losses.class_counts import ClassCounts
from jaguar_mm.models.losses.class_loss import ClassLoss
from jaguar_mm.registry import LOSSES


@LOSSES.register_module()
class CountMarginArcFace(ClassLoss):
    """ArcFace whose margin is ``a n ** -1/4 + b`` radians for a class of n training images.

    Ha et al., arXiv 2010.05350, dynamic margins.

    Args:
        a: What a class of one image has more than one of very many.
        b: The margin of a class of very many.
        kwargs: See :class:`~jaguar_mm.models.losses.class_loss.ClassLoss`.
    """

    def __init__(self, *, a: float = 0.5, b: float = 0.05, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.a, self.b = a, b
        self.class_counts = ClassCounts()

    def with_margin(self, cosine: Tensor, labels: Tensor) -> Tensor:
        """Return ``cos(theta + margin)`` with each label's margin."""
        images = self.class_counts()[labels].to(cosine.dtype)
        return add_angular_margin(cosine, self.a * images.pow(-0.25) + self.b)
