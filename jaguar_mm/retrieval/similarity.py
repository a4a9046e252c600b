"""Normalised embeddings and their cosines."""

from __future__ import annotations

import numpy as np

from jaguar_mm.retrieval.arrays import Array, like, needs_torch
from jaguar_mm.retrieval.embeddings import embed, refuse_other_width


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


def unit_rows(features: Array, name: str) -> Array:
    """Return embeddings (N, D) of unit length; ``name`` is what errors call them.

    An array, unless torch is needed (see :func:`~jaguar_mm.retrieval.arrays.needs_torch`): then a tensor.
    """
    if needs_torch(features):
        from jaguar_mm.retrieval.torch_rows import unit_tensor

        return unit_tensor(features, name)
    return embed(features, name).unit()


def unit_pair(
    query: Array, gallery: Array | None, names: tuple[str, str] = ('query', 'gallery')
) -> tuple[Array, Array]:
    """Return queries (M, D) and gallery (N, D) of unit length, of one kind and dtype; None: the queries twice."""
    if needs_torch(query, gallery):
        from jaguar_mm.retrieval.torch_rows import unit_tensors

        return unit_tensors(query, gallery, names)
    unit_query = embed(query, names[0]).unit()
    if gallery is None:
        return unit_query, unit_query
    unit_gallery = embed(gallery, names[1]).unit()
    refuse_other_width(unit_query, unit_gallery, names)
    dtype = np.promote_types(unit_query.dtype, unit_gallery.dtype)
    return unit_query.astype(dtype, copy=False), unit_gallery.astype(dtype, copy=False)
