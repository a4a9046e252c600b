"""Targets of a batch one by one: an image that is mixed of several has several."""

from __future__ import annotations

import torch
from torch import Tensor


def one_by_one(targets: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    """Return image index, class index and share of every target of a batch, (T,) each.

    Args:
        targets: Class indices (B,), or shares (B, C) with rows that add up to 1.
        dtype: Of the shares.
    """
    if targets.ndim == 1:
        images = torch.arange(len(targets), device=targets.device)
        return images, targets, torch.ones(len(targets), dtype=dtype, device=targets.device)
    images, labels = targets.nonzero(as_tuple=True)
    return images, labels, targets[images, labels].to(dtype)
