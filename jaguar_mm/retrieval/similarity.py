"""Normalised embeddings and their cosines."""

from __future__ import annotations

import torch
from torch import Tensor

from jaguar_mm.retrieval.arrays import Array, as_features, like, out_of_range


def l2_normalise(features: Array) -> Array:
    """Return the embeddings (N, D) with unit length, in float32 or float64.

    Raises:
        ValueError: If a row has NaN, Inf or only zeros; rows are named by index.
    """
    return like(unit_rows(features, 'features'), features)


def cosine_similarity(query: Array, gallery: Array | None = None) -> Array:
    """Return the cosine of every query with every gallery embedding.

    Args:
        query: Embeddings (M, D), of any length.
        gallery: Embeddings (N, D); None for the queries themselves.

    Returns:
        Similarities (M, N), in float32 or float64.

    Raises:
        ValueError: If a row has NaN, Inf or only zeros, or the widths differ.
    """
    unit_query, unit_gallery = unit_pair(query, gallery)
    return like(unit_query @ unit_gallery.T, query)


def unit_rows(features: Array, name: str) -> Tensor:
    """Return embeddings (N, D) of unit length as a tensor; ``name`` is what errors call them."""
    tensor = as_features(features, name)
    lengths = torch.linalg.vector_norm(tensor, dim=1, keepdim=True)
    if len(out_of_range(lengths.detach().flatten())):
        tensor = tensor / torch.linalg.vector_norm(tensor, torch.inf, dim=1, keepdim=True)  # keeps squares in range
        lengths = torch.linalg.vector_norm(tensor, dim=1, keepdim=True)
    return tensor / lengths


def unit_pair(
    query: Array, gallery: Array | None, names: tuple[str, str] = ('query', 'gallery')
) -> tuple[Tensor, Tensor]:
    """Return queries (M, D) and gallery (N, D) of unit length as tensors of one dtype; None: the queries twice."""
    unit_query = unit_rows(query, names[0])
    if gallery is None:
        return unit_query, unit_query
    unit_gallery = unit_rows(gallery, names[1])
    if unit_query.shape[1] != unit_gallery.shape[1]:
        raise ValueError(f'{names[0]} has width {unit_query.shape[1]}, {names[1]} {unit_gallery.shape[1]}')
    dtype = torch.promote_types(unit_query.dtype, unit_gallery.dtype)
    return unit_query.to(dtype), unit_gallery.to(unit_query.device, dtype)
