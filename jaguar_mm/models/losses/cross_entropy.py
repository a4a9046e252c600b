"""Cross-entropy of cosines with a margin on each target, exact for mixed labels, apart from any loss."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def margin_cross_entropy(
    cosine: Tensor,
    targets: Tensor,
    scale: float,
    with_margin: Callable[[Tensor], Tensor],
    label_smoothing: float = 0.0,
) -> Tensor:
    """Cross-entropy of scaled cosines with a margin, exact for mixed labels.

    A mixed image (mixup, CutMix) has several labels with shares that add up to 1. Each label y is a target of its
    own: its loss has the margin on y alone, and the losses are added with the labels' shares as weights, as mixup
    defines it for any loss (Zhang et al., ICLR 2018, eq. 2). Label smoothing (Szegedy et al., CVPR 2016, section 7)
    moves a share of each target to all classes evenly; that share brings no margin along.

    Args:
        cosine: Cosine of every image with every class centre (B, C).
        targets: Class indices (B,), or shares (B, C) with rows that add up to 1.
        scale: Factor on the cosines.
        with_margin: Makes the cosine of an image with its own class (T,) harder to raise.
        label_smoothing: Share spread over all classes, 0 to 1.

    Returns:
        The mean loss over the batch, a scalar.
    """
    images, labels, shares = _targets_one_by_one(targets, cosine)  # (T,) each, T targets in all
    own = cosine[images, labels]
    logits = scale * cosine[images].scatter(1, labels[:, None], with_margin(own)[:, None])  # (T, C)
    log_probabilities = logits.log_softmax(1)
    hit = log_probabilities.gather(1, labels[:, None]).squeeze(1)
    losses = -((1 - label_smoothing) * hit + label_smoothing * log_probabilities.mean(1))  # (T,)
    return (shares * losses).sum() / len(cosine)


def _targets_one_by_one(targets: Tensor, cosine: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return image index, class index and share of every target of the batch."""
    if targets.ndim == 1:
        return torch.arange(len(targets), device=targets.device), targets, cosine.new_ones(len(targets))
    images, labels = targets.nonzero(as_tuple=True)
    return images, labels, targets[images, labels].to(cosine.dtype)
