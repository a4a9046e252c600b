"""Unit embeddings and their means by torch, for tensors on a device and where gradients flow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from jaguar_mm.retrieval.arrays import Array, is_tensor, refuse_rows
from jaguar_mm.retrieval.embeddings import SHORTEST, refuse_other_width


def unit_tensor(features: Array, name: str) -> Tensor:
    """Return embeddings (N, D) of unit length as a tensor, in float32 or float64.

    Raises:
        ValueError: If they are no matrix, are empty, or a row has NaN, Inf or only zeros; rows are named by index.
    """
    tensor = features if is_tensor(features) else torch.tensor(np.asarray(features))
    if tensor.ndim != 2 or 0 in tensor.shape:
        raise ValueError(f'{name} must be a matrix (N, D) with at least one row and column, got {tuple(tensor.shape)}')
    tensor = tensor.to(torch.promote_types(tensor.dtype, torch.float32))
    lengths = torch.linalg.vector_norm(tensor, dim=1, keepdim=True)
    given = lengths.detach().flatten()
    suspects = (~((given > SHORTEST) & (given < 1 / SHORTEST))).nonzero().flatten()
    refuse_rows(suspects[~torch.isfinite(tensor[suspects]).all(1)], f'{name} has NaN or Inf')
    refuse_rows(suspects[~tensor[suspects].any(1)], f'{name} has only zeros')
    if len(suspects):
        tensor = tensor / torch.linalg.vector_norm(tensor, torch.inf, dim=1, keepdim=True)  # keeps squares in range
        lengths = torch.linalg.vector_norm(tensor, dim=1, keepdim=True)
    return tensor / lengths


def unit_tensors(query: Array, gallery: Array | None, names: tuple[str, str]) -> tuple[Tensor, Tensor]:
    """Return queries (M, D) and gallery (N, D) of unit length on the queries' device; None: the queries twice."""
    unit_query = unit_tensor(query, names[0])
    if gallery is None:
        return unit_query, unit_query
    unit_gallery = unit_tensor(gallery, names[1])
    refuse_other_width(unit_query, unit_gallery, names)
    dtype = torch.promote_types(unit_query.dtype, unit_gallery.dtype)
    return unit_query.to(dtype), unit_gallery.to(unit_query.device, dtype)


def mean_tensors(unit: Tensor, others: Tensor, indices: Tensor, weights: Tensor, shortest: float) -> Tensor:
    """Return the unit mean of each embedding (M, D) and its neighbours, rows (M, k) of others, by weight (M, k).

    A mean not longer than ``shortest`` has no direction: the embedding stays as it is.
    """
    sums = F.embedding_bag(indices, others, per_sample_weights=weights, mode='sum') + unit
    lengths = sums.norm(dim=1, keepdim=True)
    return torch.where(lengths > shortest, sums / lengths, unit)


@contextmanager
def full_precision() -> Iterator[None]:
    """Keep float32 products in float32, whatever autocast and ``torch.set_float32_matmul_precision`` say."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision('highest')
    try:
        with torch.inference_mode(), torch.autocast('cpu', enabled=False), torch.autocast('cuda', enabled=False):
            yield
    finally:
        torch.set_float32_matmul_precision(before)
