"""What every loss on the pairs of a batch shares."""

from __future__ import annotations

from torch import Tensor

from jaguar_mm.models.losses.loss import Loss


class PairLoss(Loss):
    """A loss that compares the images of a batch with one another.

    A subclass defines ``forward(embedding, labels)`` on unit vectors (B, D) and class indices (B,). It says nothing
    about an image alone, so mixed labels and batches in parts are refused, and it needs a sampler that gives several
    images of a class, such as ``IdentityBalancedSampler``. On several processes each compares its own batch.
    """

    compares_images = True
    needs_positives = True


def mean_of(values: Tensor, chosen: Tensor) -> Tensor:
    """Return the mean of the chosen values (B,), 0 if none is chosen.

    Args:
        values: Any numbers (B,); those that are not chosen may be infinite.
        chosen: Which of them count, bool (B,).
    """
    return values.where(chosen, 0).sum() / chosen.sum().clamp(min=1)
