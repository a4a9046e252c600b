"""NormFace: cosines without a margin."""

from __future__ import annotations

from jaguar_mm.models.losses.class_loss import ClassLoss
from jaguar_mm.registry import LOSSES


@LOSSES.register_module()
class NormFace(ClassLoss):
    """Softmax cross-entropy of scaled cosines (Wang et al., ACM MM 2017, eq. 6), as in ``ClassLoss``."""
