"""A backbone that learns by small additions to weights that stay as they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import register_parametrization

from jaguar_mm.networks.timm_features import TimmFeatures

PARTS = '.parametrizations.weight.'  # of a layer with an addition: what it was, and the two factors
ORIGINAL, UP, DOWN = 'original', '0.up', '0.down'


class LowRank(nn.Module):
    """Add the product of two small matrices to a weight (O, ...); it starts at zero.

    Args:
        weight: The weight.
        rank: Columns of the first matrix, rows of the second.
    """

    def __init__(self, weight: Tensor, rank: int) -> None:
        super().__init__()
        self.up = nn.Parameter(weight.new_zeros(len(weight), rank))
        self.down = nn.Parameter(weight.new_empty(rank, weight[0].numel()))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, weight: Tensor) -> Tensor:
        """Return the weight with the addition."""
        return weight + (self.up @ self.down).reshape(weight.shape)


class LoRAFeatures(TimmFeatures):
    """A timm network whose linear and convolutional layers learn additions of low rank, and nothing else.

    Hu et al., ICLR 2022, section 4.1, with a factor of one; a kernel counts as a matrix with a row for each channel
    that it gives. Norms stay as they are, statistics included. Checkpoints and published files hold the original
    weights too.

    Args:
        rank: Of the additions.
        **kwargs: Of :class:`~jaguar_mm.networks.TimmFeatures`; what ``frozen_stages`` freezes gets no additions.
    """

    def __init__(self, *args: Any, rank: int = 8, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        layers = [layer for layer in self.timm_model.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
        learning = [layer for layer in layers if layer.weight.requires_grad]
        self.timm_model.requires_grad_(False)
        for layer in learning:
            register_parametrization(layer, 'weight', LowRank(layer.weight, rank))


def merge_additions(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights of a network without additions that computes the same.

    Args:
        weights: Those of a :class:`LoRAFeatures` by name; those of any other network stay as they are.
    """
    merged = {name: value for name, value in weights.items() if PARTS not in name}
    for layer in [name.removesuffix(PARTS + ORIGINAL) for name in weights if name.endswith(PARTS + ORIGINAL)]:
        original, up, down = (weights[f'{layer}{PARTS}{part}'] for part in (ORIGINAL, UP, DOWN))
        merged[f'{layer}.weight'] = original + torch.matmul(up, down).reshape(original.shape)
    return merged
