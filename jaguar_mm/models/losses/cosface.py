"""CosFace: a margin on the cosine."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from jaguar_mm.models.losses.class_loss import ClassLoss
from jaguar_mm.registry import LOSSES


@LOSSES.register_module()
class CosFace(ClassLoss):
    """Additive cosine margin (Wang et al., CVPR 2018, eq. 4).

    Args:
        margin: Taken off the cosine with an image's own class.
        kwargs: See :class:`~jaguar_mm.models.losses.class_loss.ClassLoss`.
    """

    def __init__(self, *, margin: float = 0.35, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.margin = margin

    def with_margin(self, cosine: Tensor, labels: Tensor) -> Tensor:
        """Return the cosine less the margin."""
        return cosine - self.margin
