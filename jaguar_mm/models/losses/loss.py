"""What the head asks of every loss."""

from __future__ import annotations

from torch import Tensor, nn


class Loss(nn.Module):
    """A loss over one embedding; a subclass defines ``forward(embedding, targets)``, the mean over a batch.

    It is computed in float32 at least. Its parameters are the model's: optimiser, averages and checkpoints have them.

    Attributes:
        needs_classes: Whether the head gives it ``num_classes`` and the width of the embedding, ``in_channels``.
        takes_length: Whether embeddings come as the neck gives them; else they are of length one.
        compares_images: Whether a batch is more than its images one by one. Then batches in parts are refused, and
            mixed labels.
        learns_from_teacher: Whether its targets are a teacher's unit embeddings (B, T) instead of labels, see
            :class:`~jaguar_mm.models.classifiers.TaughtClassifier`; then labels may be mixed.
        needs_positives: Whether it says nothing unless a batch has several images of a class.
    """

    needs_classes = False
    takes_length = False
    compares_images = False
    learns_from_teacher = False
    needs_positives = False

    def scores(self, embedding: Tensor) -> Tensor | None:
        """Return class scores before the softmax (B, C) of embeddings (B, D), None if there are none."""
        return None
