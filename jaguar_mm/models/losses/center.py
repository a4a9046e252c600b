"""Center loss: each image near its class's centre."""

from __future__ import annotations

from torch import Tensor

from jaguar_mm.models.losses.class_centres import ClassCentres
from jaguar_mm.models.losses.targets import one_by_one
from jaguar_mm.registry import LOSSES


@LOSSES.register_module()
class Center(ClassCentres):
    """Half the squared distance of each unit embedding to its class's centre (Wen et al., ECCV 2016, eq. 2).

    Centres learn by the optimiser, as all weights. It pushes no class away, so it stands beside a loss that does.
    Mixed labels have their shares of the distances.

    Args:
        kwargs: See :class:`~jaguar_mm.models.losses.class_centres.ClassCentres`.
    """

    def forward(self, embedding: Tensor, targets: Tensor) -> Tensor:
        """Return the mean loss over the batch.

        Args:
            embedding: Unit vectors (B, D).
            targets: Class indices (B,), or shares (B, C) with rows that add up to 1.
        """
        images, labels, shares = one_by_one(targets, embedding.dtype)
        squared = (embedding[images] - self.weight[labels].to(embedding.dtype)).square().sum(1)  # (T,)
        return (shares * squared).sum() / (2 * len(embedding))
