"""Exact top-k cosine search."""

from __future__ import annotations

from typing import Literal

import numpy as np

from jaguar_mm.retrieval.apart import Groups
from jaguar_mm.retrieval.arrays import Array, device_of, like
from jaguar_mm.retrieval.embeddings import Embeddings, embed_sets
from jaguar_mm.retrieval.int8_products import int8_available
from jaguar_mm.retrieval.search import Neighbours, search

PREFILTERS = ('none', 'int8')


def topk_similarity(
    query: Array,
    gallery: Array | None = None,
    k: int = 10,
    *,
    exclude_self: bool = True,
    prefilter: Literal['none', 'int8'] = 'none',
) -> tuple[Array, Array]:
    """Return the k largest cosines of every query and where they are, exactly and in memory linear in the input.

    Products are computed in tiles, once for each pair of one set, and tell which pairs may be among the nearest; the
    cosines of those are computed anew in double precision and rounded to 12 digits. So the result depends neither on
    the order of summation nor on the pre-filter, and copies of an image tie.

    Args:
        query: Embeddings (M, D), of any length.
        gallery: Embeddings (N, D); None: the queries among themselves.
        k: How many; cut to as many as there are.
        exclude_self: With one set, leave each embedding out of its own list.
        prefilter: 'int8' multiplies in int8, with a bound of its error, where the processor has fast instructions for
            it (AVX-512 VNNI, AMX) and the data some structure; it goes back to float32 by itself if too much is left.
            Float64 embeddings and embeddings on a GPU do without, and so does an installation without torch.

    Returns:
        Cosines (M, k), float64 for float64 input, else float32, and indices (M, k), int64: best first, of equal ones
        the lower index first.

    Raises:
        ValueError: If k is negative, the pre-filter unknown, the widths differ, a row has NaN, Inf or only zeros.
    """
    if k < 0:
        raise ValueError(f'k counts neighbours and cannot be negative, got {k}')
    fast = use_int8(prefilter)
    rows, others = embed_sets(query, gallery=gallery)
    found = nearest(rows, others, k, exclude_self=exclude_self, fast=fast, device=device_of(query))
    return like(found.values.astype(rows.rows.dtype, copy=False), query), like(found.indices, query)


def use_int8(prefilter: str) -> bool:
    """Say whether to filter in int8, which needs torch's product, and refuse an unknown filter."""
    if prefilter not in PREFILTERS:
        raise ValueError(f'prefilter must be one of {", ".join(PREFILTERS)}, got {prefilter!r}')
    return prefilter == 'int8' and int8_available()


def nearest(
    query: Embeddings,
    gallery: Embeddings | None,
    k: int,
    *,
    exclude_self: bool = True,
    lowest: bool = False,
    fast: bool = False,
    matrix: np.ndarray | None = None,
    apart: Groups = None,
    device: str | None = None,
) -> Neighbours:
    """Search with the kernels of a device, None for the CPU; see :func:`~jaguar_mm.retrieval.search.search`."""
    if device is not None:
        from jaguar_mm.retrieval.torch_search import torch_search

        return torch_search(query, gallery, k, exclude_self=exclude_self, lowest=lowest, apart=apart, device=device)
    return search(
        query, gallery, k, exclude_self=exclude_self, lowest=lowest, prefilter=fast, matrix=matrix, apart=apart
    )
