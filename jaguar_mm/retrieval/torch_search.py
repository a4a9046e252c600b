"""Exact nearest neighbours with nothing but torch, for embeddings on a GPU."""

from __future__ import annotations

import torch
from torch import Tensor

from jaguar_mm.retrieval.embeddings import TIE_STEPS
from jaguar_mm.retrieval.products import float_factors, full_precision
from jaguar_mm.retrieval.search import Neighbours

ROWS = 1024  # queries that are multiplied with the whole gallery at once
SPARE = 16  # candidates beyond k; a row that could need more is done again in double precision
ENTRIES = 2**24  # numbers that are gathered at once


def torch_search(
    query: Tensor, gallery: Tensor | None, k: int, *, exclude_self: bool = True, lowest: bool = False
) -> Neighbours:
    """Find the nearest neighbours of checked tensors on any device; see :func:`~jaguar_mm.retrieval.search.search`."""
    one_set, others = gallery is None, query if gallery is None else gallery
    exclude = one_set and exclude_self
    k = min(k, len(others) - exclude)
    with full_precision():
        left = float_factors(query)
        right = left if one_set else float_factors(others)
        blocks = [
            _search_block(query, others, rows, left.factors[rows] @ right.factors.T, k, exclude, lowest)
            for rows in (slice(start, min(start + ROWS, len(query))) for start in range(0, len(query), ROWS))
        ]
    return Neighbours(*(torch.cat(parts).cpu().numpy() for parts in zip(*blocks, strict=True)))


def _search_block(
    query: Tensor, gallery: Tensor, rows: slice, products: Tensor, k: int, exclude: bool, lowest: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Return cosines and indices (B, k) and the smallest cosines of a block of queries, given products (B, N)."""
    own = torch.arange(rows.start, rows.stop, device=query.device)
    smallest = products.argmin(1, keepdim=True)[:, : int(lowest)]
    if exclude:
        products[own - rows.start, own] = -torch.inf
    top = products.topk(min(k + SPARE, len(gallery) - exclude), dim=1)
    values, indices = _ranked(_cosines(query, own, gallery, top.indices), top.indices, k)
    if 0 < top.values.shape[1] < len(gallery) - exclude and k:
        error = 4 * (query.shape[1] + 16) * torch.finfo(products.dtype).eps + 2 / TIE_STEPS
        doubtful = (top.values[:, -1] + error >= values[:, -1]).nonzero().flatten()  # the next one might be as near
        for row in doubtful.tolist():
            values[row], indices[row] = _whole_row(query, gallery, rows.start + row, k, exclude)
    return values, indices, _cosines(query, own, gallery, smallest).flatten()


def _whole_row(query: Tensor, gallery: Tensor, row: int, k: int, exclude: bool) -> tuple[Tensor, Tensor]:
    """Return the nearest (k,) of one query by its exact cosines with the whole gallery."""
    everything = torch.arange(len(gallery), device=query.device)[None]
    if exclude:
        everything = everything[everything != row][None]
    own = torch.tensor([row], device=query.device)
    values, indices = _ranked(_cosines(query, own, gallery, everything), everything, k)
    return values[0], indices[0]


def _ranked(values: Tensor, indices: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return the k best (B, k) of values and indices (B, C), ties by index."""
    indices, order = indices.sort(dim=1)
    values, order = values.gather(1, order).sort(dim=1, descending=True, stable=True)
    return values[:, :k], indices.gather(1, order)[:, :k]


def _cosines(query: Tensor, own: Tensor, gallery: Tensor, others: Tensor) -> Tensor:
    """Return the exact cosines (B, C) of queries ``own`` (B,) with gallery rows ``others`` (B, C), float64."""
    columns = max(1, ENTRIES // (len(own) * query.shape[1]))
    parts = [_exact(query[own], gallery[part]) for part in others.split(columns, dim=1)] if others.numel() else []
    return torch.cat(parts, 1) if parts else torch.empty(others.shape, dtype=torch.float64, device=query.device)


def _exact(query: Tensor, gallery: Tensor) -> Tensor:
    """Return the rounded cosines (B, C) of rows (B, D) with rows (B, C, D)."""
    first, second = query.double(), gallery.double()
    lengths = first.norm(dim=1, keepdim=True) * second.norm(dim=2)
    product = torch.einsum('bd,bcd->bc', first, second) / lengths
    return (product * TIE_STEPS).round() / TIE_STEPS
