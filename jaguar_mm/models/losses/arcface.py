"""ArcFace: a margin on the angle."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from jaguar_mm.models.losses.class_loss import ClassLoss
from jaguar_mm.registry import LOSSES

CLOSEST = 1e-7  # cosines stay this far from -1 and 1, where the angle has no finite gradient


@LOSSES.register_module()
class ArcFace(ClassLoss):
    """Additive angular margin (Deng et al., CVPR 2019, eq. 3).

    Args:
        margin: Angle in radians; mmpretrain's ``WarmupParamHook(param_name='margin', module_name='head.losses.NAME',
            ...)`` lets it grow in the first epochs.
        kwargs: See :class:`~jaguar_mm.models.losses.class_loss.ClassLoss`.
    """

    def __init__(self, *, margin: float = 0.3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.margin = margin

    def with_margin(self, cosine: Tensor, labels: Tensor) -> Tensor:
        """Return ``cos(theta + margin)``."""
        return add_angular_margin(cosine, self.margin)


def add_angular_margin(cosine: Tensor, margin: Tensor | float) -> Tensor:
    """Return ``cos(theta + margin)`` for the cosines of angles theta, monotone over the whole of [0, pi].

    By the addition formula, without an arc cosine. Beyond ``theta + margin = pi`` the cosine would rise again and
    reward the wrong direction; there the function goes on as its mirror image ``-2 - cos(theta + margin)``, which joins
    with the same value and slope.

    Args:
        cosine: Cosines in [-1, 1], float32 or float64, any shape; values slightly outside are clamped.
        margin: Angle in radians, 0 to pi, one for all or one for each.

    Returns:
        Values from -3 to 1, same shape.
    """
    margin = torch.as_tensor(margin, dtype=cosine.dtype)  # a float stays on the CPU, so no device has to wait
    cosine = cosine.clamp(-1 + CLOSEST, 1 - CLOSEST)
    sine = (1 - cosine.square()).sqrt()
    shifted = cosine * margin.cos() - sine * margin.sin()
    return torch.where(cosine > -margin.cos(), shifted, -2 - shifted)
