"""Several pooled maps as one vector."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Concatenate(nn.Module):
    """Join the pooled maps of a backbone that gives several, such as those of two stages, into one vector."""

    def forward(self, features: tuple[Tensor, ...]) -> tuple[Tensor]:
        """Return vectors (B, C1 + C2 + ...) of vectors (B, C1), (B, C2), ...

        Raises:
            ValueError: If a map is not pooled.
        """
        shapes = [tuple(feature.shape) for feature in features]
        if any(len(shape) != 2 for shape in shapes):
            raise ValueError(f'Concatenate joins vectors (B, C), got {shapes}: put it after the pooling in model.neck')
        return (torch.cat(features, 1),)
