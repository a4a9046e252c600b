"""Exact nearest neighbours with nothing but torch, for embeddings on a GPU."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from jaguar_mm.retrieval.apart import Groups, PairCodes, pair_codes
from jaguar_mm.retrieval.embeddings import TIE_STEPS, Embeddings
from jaguar_mm.retrieval.products import float_error
from jaguar_mm.retrieval.search import Neighbours
from jaguar_mm.retrieval.torch_rows import full_precision, unit_tensor

ROWS = 1024  # queries that are multiplied with the whole gallery at once
SPARE = 16  # candidates beyond k; a row that could need more is done again in double precision
ENTRIES = 2**24  # numbers that are gathered at once


def torch_search(
    query: Embeddings,
    gallery: Embeddings | None,
    k: int,
    *,
    exclude_self: bool = True,
    lowest: bool = False,
    apart: Groups = None,
    device: str = 'cpu',
) -> Neighbours:
    """Find the nearest neighbours on any device; see :func:`~jaguar_mm.retrieval.search.search`."""
    one_set, others = gallery is None, query if gallery is None else gallery
    exclude = one_set and exclude_self
    k = min(k, len(others.rows) - exclude)
    codes = pair_codes(apart, (len(query.rows), len(others.rows)), one_set)
    left = torch.as_tensor(query.rows, device=device)
    right = left if one_set else torch.as_tensor(others.rows, device=device)
    with full_precision():
        unit_left = unit_tensor(left, 'query')
        unit_right = unit_left if one_set else unit_tensor(right, 'gallery')
        blocks = []
        for rows in (slice(start, min(start + ROWS, len(left))) for start in range(0, len(left), ROWS)):
            products = unit_left[rows] @ unit_right.T
            smallest = products.argmin(1, keepdim=True)[:, : int(lowest)]
            _leave_out(products, rows, exclude, codes)
            found = _search_block(left, right, rows, products, k)
            own = torch.arange(rows.start, rows.stop, device=device)
            blocks.append((*found, _cosines(left, own, right, smallest).flatten()))
    return Neighbours(*(torch.cat(parts).cpu().numpy() for parts in zip(*blocks, strict=True)))


def _leave_out(products: Tensor, rows: slice, exclude: bool, codes: PairCodes) -> None:
    """Write -inf to a block's products (B, N) wherever a pair is left out."""
    if exclude:
        own = torch.arange(rows.start, rows.stop, device=products.device)
        products[own - rows.start, own] = -torch.inf
    if not codes.nothing:
        marks = np.zeros(products.shape, bool)
        codes.mark(marks, rows, True)
        products[torch.from_numpy(marks).to(products.device)] = -torch.inf


def _search_block(query: Tensor, gallery: Tensor, rows: slice, products: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return cosines and indices (B, k) of a block of queries, given products (B, N), -inf where left out."""
    own = torch.arange(rows.start, rows.stop, device=query.device)
    top = products.topk(min(k + SPARE, len(gallery)), dim=1)
    values, indices = _ranked(_cosines(query, own, gallery, top.indices), top.values, top.indices, k)
    if k and top.values.shape[1] < len(gallery):
        error = 8 * float_error(query.shape[1], torch.finfo(products.dtype).eps)
        doubtful = top.values[:, -1] + error >= values[:, -1]  # the next one might be as near
        for row in (doubtful & top.values[:, -1].isfinite()).nonzero().flatten().tolist():
            values[row], indices[row] = _whole_row(query, gallery, rows.start + row, products[row], k)
    return values, indices


def _whole_row(query: Tensor, gallery: Tensor, row: int, products: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return the nearest (k,) of one query by its exact cosines with all of the gallery that is not left out."""
    everything = products.isfinite().nonzero().T
    own = torch.tensor([row], device=query.device)
    values, indices = _ranked(_cosines(query, own, gallery, everything), products[everything], everything, k)
    return values[0], indices[0]


def _ranked(cosines: Tensor, products: Tensor, indices: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return the k best (B, k) by exact cosines (B, C), ties by index, and where; -inf and -1 where left out."""
    cosines = cosines.masked_fill(products.isneginf(), -torch.inf)
    indices, order = indices.sort(dim=1)
    values, order = cosines.gather(1, order).sort(dim=1, descending=True, stable=True)
    return values[:, :k], indices.gather(1, order).masked_fill(values.isneginf(), -1)[:, :k]


def _cosines(query: Tensor, own: Tensor, gallery: Tensor, others: Tensor) -> Tensor:
    """Return the exact cosines (B, C) of queries ``own`` (B,) with gallery rows ``others`` (B, C), float64."""
    columns = max(1, ENTRIES // (len(own) * query.shape[1]))
    parts = [_exact(query[own], gallery[part]) for part in torch.split(others, columns, dim=1) if part.numel()]
    return torch.cat(parts, 1) if parts else torch.empty(others.shape, dtype=torch.float64, device=query.device)


def _exact(query: Tensor, gallery: Tensor) -> Tensor:
    """Return the rounded cosines (B, C) of rows (B, D) with rows (B, C, D)."""
    first, second = query.double(), gallery.double()
    lengths = first.norm(dim=1, keepdim=True) * second.norm(dim=2)
    product = torch.einsum('bd,bcd->bc', first, second) / lengths
    return (product * TIE_STEPS).round() / TIE_STEPS
