"""Each embedding near the teacher's of the same image."""

from __future__ import annotations

from torch import Tensor

from jaguar_mm.models.losses.loss import Loss
from jaguar_mm.registry import LOSSES


@LOSSES.register_module()
class Imitation(Loss):
    """Half the squared distance of each unit embedding to the teacher's (Romero et al., ICLR 2015, eq. 3).

    Nothing is learnt between the two, so that the student's embeddings can be compared with the teacher's.
    """

    learns_from_teacher = True

    def forward(self, embedding: Tensor, targets: Tensor) -> Tensor:
        """Return the mean over the batch.

        Args:
            embedding: Unit vectors (B, D).
            targets: The teacher's unit vectors (B, D).

        Raises:
            ValueError: If the teacher's have another width.
        """
        if embedding.shape != targets.shape:
            raise ValueError(
                f"Imitation compares embeddings number by number: the model's are {embedding.shape[1]} wide, the "
                f"teacher's {targets.shape[1]}; make the neck as wide (model.neck.norm.out_channels), or leave the "
                'loss out, SimilarityPreserving takes any widths'
            )
        return (embedding - targets.to(embedding.dtype)).square().sum(1).mean() / 2
