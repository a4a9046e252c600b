"""The images of a batch as alike to one another as they are to the teacher."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from jaguar_mm.models.losses.loss import Loss
from jaguar_mm.registry import LOSSES


@LOSSES.register_module()
class SimilarityPreserving(Loss):
    """Squared difference of the two models' matrices of cosines, rows of length one (Tung and Mori, ICCV 2019, eq. 4).

    Ranking sees cosines alone, so nothing of the teacher is lost by it, and the embeddings may differ in width.
    """

    learns_from_teacher = True
    compares_images = True

    def forward(self, embedding: Tensor, targets: Tensor) -> Tensor:
        """Return the mean over the pairs of the batch.

        Args:
            embedding: Unit vectors (B, D).
            targets: The teacher's unit vectors (B, T).
        """
        own, theirs = (F.normalize(vectors @ vectors.T) for vectors in (embedding, targets.to(embedding.dtype)))
        return (own - theirs).square().mean()  # (B, B)
