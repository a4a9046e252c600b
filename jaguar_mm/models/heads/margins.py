"""Margins on cosine similarities, and the cross-entropy that goes with them, apart from any head."""

from __future__ import annotations

import torch
from torch import Tensor

CLOSEST = 1e-7  # cosines stay this far from -1 and 1, where the angle has no finite gradient


def add_angular_margin(cosine: Tensor, margin: Tensor | float) -> Tensor:
    """Return ``cos(theta + margin)`` for the cosines of angles theta, monotone over the whole of [0, pi].

    Deng et al., CVPR 2019 (ArcFace), eq. 3, by the addition formula, without an arc cosine. Beyond
    ``theta + margin = pi`` the cosine would rise again and reward the wrong direction; there the function goes on as
    its mirror image ``-2 - cos(theta + margin)``, which joins with the same value and slope.

    Args:
        cosine: Cosines in [-1, 1], float32 or float64, any shape; values slightly outside are clamped.
        margin: Angle in radians, 0 to pi.

    Returns:
        Values from -3 to 1, same shape.
    """
    margin = torch.as_tensor(margin, dtype=cosine.dtype)  # a float stays on the CPU, so no device has to wait
    cosine = cosine.clamp(-1 + CLOSEST, 1 - CLOSEST)
    sine = (1 - cosine.square()).sqrt()
    shifted = cosine * margin.cos() - sine * margin.sin()
    return torch.where(cosine > -margin.cos(), shifted, -2 - shifted)


def margin_cross_entropy(
    cosine: Tensor, targets: Tensor, scale: float, margin: Tensor | float, label_smoothing: float = 0.0
) -> Tensor:
    """Cross-entropy of scaled cosines with an angular margin, exact for mixed labels.

    A mixed picture (mixup, CutMix) has several labels with shares that add up to 1. Each label y is a target of its
    own: its loss has the margin on y alone, and the losses are added with the labels' shares as weights, as mixup
    defines it for any loss (Zhang et al., ICLR 2018, eq. 2). Label smoothing (Szegedy et al., CVPR 2016, section 7)
    moves a share of each target to all classes evenly; that share brings no margin along.

    Args:
        cosine: Cosine of every picture with every class centre (B, C).
        targets: Class indices (B,), or shares (B, C) with rows that add up to 1.
        scale: Factor on the cosines.
        margin: Angle in radians.
        label_smoothing: Share spread over all classes, 0 to 1.

    Returns:
        The mean loss over the batch, a scalar.
    """
    pictures, labels, shares = _targets_one_by_one(targets, cosine)  # (T,) each, T targets in all
    own = cosine[pictures, labels]
    logits = scale * cosine[pictures].scatter(1, labels[:, None], add_angular_margin(own, margin)[:, None])  # (T, C)
    log_probabilities = logits.log_softmax(1)
    hit = log_probabilities.gather(1, labels[:, None]).squeeze(1)
    losses = -((1 - label_smoothing) * hit + label_smoothing * log_probabilities.mean(1))  # (T,)
    return (shares * losses).sum() / len(cosine)


def _targets_one_by_one(targets: Tensor, cosine: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return picture index, class index and share of every target of the batch."""
    if targets.ndim == 1:
        return torch.arange(len(targets), device=targets.device), targets, cosine.new_ones(len(targets))
    pictures, labels = targets.nonzero(as_tuple=True)
    return pictures, labels, targets[pictures, labels].to(cosine.dtype)
