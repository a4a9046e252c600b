"""What every cross-entropy over classes shares: likeness to the centres, scores, and mixed labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from jaguar_mm.models.losses.class_centres import ClassCentres
from jaguar_mm.models.losses.cross_entropy import margin_cross_entropy
from jaguar_mm.registry import FOCUSES


class ClassLoss(ClassCentres):
    """Softmax cross-entropy of the cosines of embeddings with one centre a class; a subclass adds a margin.

    It takes hard and mixed labels.

    Args:
        num_classes: Number of training identities; the head gives it.
        in_channels: Width of the embedding; the head gives it.
        scale: Factor on the cosines.
        label_smoothing: Share of each target spread over all classes.
        focus: Config of what makes some images count more, such as ``dict(type='Focal')``, see
            :mod:`jaguar_mm.models.losses.focus`; None: all count alike.
    """

    def __init__(
        self,
        num_classes: int | None,
        in_channels: int | None,
        scale: float = 30.0,
        label_smoothing: float = 0.0,
        focus: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(num_classes, in_channels)
        self.scale, self.label_smoothing = scale, label_smoothing
        self.focus = FOCUSES.build(dict(focus)) if focus else None
        self.compares_images = focus is not None and self.focus.compares_images

    def with_margin(self, cosine: Tensor, labels: Tensor) -> Tensor:
        """Return the cosines of embeddings with their own centres (T,), made harder to raise.

        Args:
            cosine: Cosine of each image with the centre of its label (T,).
            labels: Class indices (T,).
        """
        return cosine

    def similarity(self, embedding: Tensor) -> Tensor:
        """Return the likeness, here the cosine, of each embedding (B, D) with each class (B, C)."""
        return embedding @ F.normalize(self.weight.to(embedding.dtype)).T

    def logits(self, similarity: Tensor, labels: Tensor) -> Tensor:
        """Return what the softmax gets in training (T, C).

        Args:
            similarity: Likeness of each image with each class (T, C).
            labels: Class indices (T,).
        """
        own = similarity.gather(1, labels[:, None]).squeeze(1)
        return self.scale * similarity.scatter(1, labels[:, None], self.with_margin(own, labels)[:, None])

    def scores(self, embedding: Tensor) -> Tensor | None:
        """Return class scores without margin (B, C), None without centres."""
        return None if self.weight is None else self.scale * self.similarity(embedding)

    def forward(self, embedding: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss over the batch.

        Args:
            embedding: Vectors (B, D), float32 or float64, of length one unless ``takes_length``.
            targets: Class indices (B,), or shares (B, C) with rows that add up to 1.
        """
        similarity = self.similarity(embedding)
        return margin_cross_entropy(similarity, targets, self.logits, self.label_smoothing, self.focus)
