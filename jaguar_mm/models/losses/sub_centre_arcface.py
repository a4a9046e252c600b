"""ArcFace with several centres a class."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from jaguar_mm.models.losses.arcface import ArcFace
from jaguar_mm.registry import LOSSES


@LOSSES.register_module()
class SubCentreArcFace(ArcFace):
    """ArcFace to the nearest of a class's K centres (Deng et al., ECCV 2020, section 3.2).

    Args:
        num_classes: C; the head gives it.
        centres: K, such as one for each flank.
        kwargs: See :class:`~jaguar_mm.models.losses.arcface.ArcFace`.
    """

    def __init__(self, *, num_classes: int | None, centres: int = 2, **kwargs: Any) -> None:
        super().__init__(num_classes=num_classes and num_classes * centres, **kwargs)  # weight (C K, D)
        self.centres = centres

    def similarity(self, embedding: Tensor) -> Tensor:
        """Return the cosine of each unit embedding (B, D) with each class's nearest centre (B, C)."""
        return super().similarity(embedding).unflatten(1, (-1, self.centres)).amax(2)
