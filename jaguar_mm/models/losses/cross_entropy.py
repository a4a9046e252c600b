"""Cross-entropy with a margin on each target, exact for mixed labels, apart from any loss."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from jaguar_mm.models.losses.targets import one_by_one


def margin_cross_entropy(
    similarity: Tensor,
    targets: Tensor,
    logits: Callable[[Tensor, Tensor], Tensor],
    label_smoothing: float = 0.0,
    focus: Callable[[Tensor, Tensor], Tensor] | None = None,
) -> Tensor:
    """Cross-entropy of logits that know the label, exact for mixed labels.

    A mixed image (mixup, CutMix) has several labels with shares that add up to 1. Each label y is a target of its
    own: its loss has the margin on y alone, and the losses are added with the labels' shares as weights, as mixup
    defines it for any loss (Zhang et al., ICLR 2018, eq. 2). Label smoothing (Szegedy et al., CVPR 2016, section 7)
    moves a share of each target to all classes evenly; that share brings no margin along.

    Args:
        similarity: Likeness of every image with every class (B, C).
        targets: Class indices (B,), or shares (B, C) with rows that add up to 1.
        logits: Makes logits (T, C) of the likeness (T, C) and the label (T,) of each target.
        label_smoothing: Share spread over all classes, 0 to 1.
        focus: Gives each target a weight (T,), by its loss (T,) and label (T,); None: 1.

    Returns:
        The mean loss over the batch, a scalar.
    """
    images, labels, shares = one_by_one(targets, similarity.dtype)
    log_probabilities = logits(similarity[images], labels).log_softmax(1)  # (T, C)
    hit = log_probabilities.gather(1, labels[:, None]).squeeze(1)
    losses = -((1 - label_smoothing) * hit + label_smoothing * log_probabilities.mean(1))  # (T,)
    weights = shares if focus is None else shares * focus(losses, labels)
    return (weights * losses).sum() / len(similarity)
