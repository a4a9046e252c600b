"""Learnt centres, one or more a class."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from jaguar_mm.models.losses.loss import Loss


class ClassCentres(Loss):
    """A loss with learnt class centres. Without ``num_classes`` it has none; weights that are loaded bring theirs.

    Args:
        num_classes: Number of training identities; the head gives it.
        in_channels: Width of the embedding; the head gives it.

    Attributes:
        weight: The centres (C, D), or None.
    """

    needs_classes = True

    def __init__(self, num_classes: int | None, in_channels: int | None) -> None:
        super().__init__()
        self.register_parameter('weight', None)
        if num_classes:
            self.weight = nn.Parameter(torch.empty(num_classes, in_channels))
            nn.init.xavier_uniform_(self.weight)

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *args: Any) -> None:
        """Load the parameters; make room for those of a file if there are none."""
        for name, value in list(self._parameters.items()):
            found = state_dict.get(f'{prefix}{name}')
            if value is None and found is not None:
                setattr(self, name, nn.Parameter(torch.empty_like(found)))
        super()._load_from_state_dict(state_dict, prefix, *args)
