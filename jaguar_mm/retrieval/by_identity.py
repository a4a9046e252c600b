"""Rank animals instead of images: each by its best image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jaguar_mm.retrieval.apart import Groups, pair_codes
from jaguar_mm.retrieval.columns import is_unknown
from jaguar_mm.retrieval.rankings import Ranking
from jaguar_mm.retrieval.selection import select_largest


def top_identities(
    ranking: Ranking, gallery_ids: Sequence, k: int, apart: Groups = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the k animals that are most alike to each query by their best image, and which image that is.

    Images of unknown identity show no animal. With one set a query is no image of its own animal.

    Args:
        ranking: Of queries (M) and gallery (N).
        gallery_ids: Identity of each gallery image (N,).
        k: How many animals; cut to as many as there are.
        apart: Pairs that are left out, see :meth:`~jaguar_mm.retrieval.rankings.Ranking.top_k`.

    Returns:
        Similarities (M, k), and gallery indices of the best images (M, k), int64: best first, of equal ones the lower
        index first. A list with fewer animals ends with -inf and -1.

    Raises:
        ValueError: If no image is of known identity, or a column does not fit.
    """
    animals = _animals(gallery_ids)  # (A,) arrays of gallery indices
    codes = pair_codes(apart, ranking.shape, ranking.one_set)
    k = min(k, len(animals))
    lists = []
    for rows, tile in ranking.tiles().blocks():
        values = tile.astype(tile.dtype, copy=True)
        codes.mark(values, rows, -np.inf)
        if ranking.one_set:
            values[np.arange(len(values)), np.arange(rows.start, rows.stop)] = -np.inf
        best = np.stack([images[values[:, images].argmax(1)] for images in animals], axis=1)  # (B, A)
        lists.append(_best_animals(np.take_along_axis(values, best, axis=1), best, k))
    values, indices = map(np.concatenate, zip(*lists, strict=True))
    return values, indices


def _animals(gallery_ids: Sequence) -> list[np.ndarray]:
    """Return the gallery indices of each animal."""
    images: dict = {}
    for index, identity in enumerate(gallery_ids):
        if not is_unknown(identity):
            images.setdefault(identity, []).append(index)
    if not images:
        raise ValueError('no gallery image is of known identity, so that there are no animals to rank')
    return [np.array(indices) for indices in images.values()]


def _best_animals(values: np.ndarray, images: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the best k of the animals' values (B, A) with their images (B, A), ties by the image's index."""
    order = np.argsort(images, axis=1)
    values, images = np.take_along_axis(values, order, 1), np.take_along_axis(images, order, 1)
    best, places = select_largest(values, values == -np.inf, k)
    chosen = np.take_along_axis(images, np.maximum(places, 0), 1)
    return best, np.where(places < 0, -1, chosen)
