"""Query expansion and database augmentation: embeddings averaged with those of their nearest neighbours."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from jaguar_mm.retrieval.arrays import Array, like
from jaguar_mm.retrieval.similarity import unit_pair, unit_rows


def query_expansion(features: Array, k: int = 3, alpha: float = 0.0) -> Array:
    """Replace each embedding of one set by the mean of itself and its k nearest neighbours in the set.

    Average query expansion (Chum et al., ICCV 2007, section 3) at ``alpha`` 0, where every neighbour has the weight 1;
    alpha-QE (Radenović et al., TPAMI 2019, section 4.2) above, where it is the cosine to the power alpha and a negative
    cosine has no weight. The embedding itself always has the weight 1.

    Args:
        features: Embeddings (N, D); normalised here.
        k: Neighbours besides the embedding itself, at most N - 1 of them; 0 only normalises.
        alpha: Exponent of the neighbours' weights.

    Returns:
        Unit embeddings (N, D), in float32 or float64. Of equally near neighbours those with the lower index count.

    Raises:
        ValueError: If k or alpha is negative, or a row has NaN, Inf or only zeros.
    """
    unit = unit_rows(features, 'features')
    values, indices = _nearest_besides_itself(unit, k)
    return like(_blend(unit, unit[indices], _power_weights(values, alpha)), features)


def expand_queries(query: Array, gallery: Array, k: int = 3, alpha: float = 0.0) -> Array:
    """Replace each query by the mean of itself and its k nearest neighbours in a gallery of its own.

    Args:
        query: Embeddings (M, D).
        gallery: Embeddings (N, D).
        k: Neighbours, at most N of them.
        alpha: Exponent of the neighbours' weights, see :func:`query_expansion`.

    Returns:
        Unit query embeddings (M, D).

    Raises:
        ValueError: See :func:`query_expansion`; also if the widths differ.
    """
    unit_query, unit_gallery = unit_pair(query, gallery)
    values, indices = _nearest(unit_query @ unit_gallery.T, k)
    return like(_blend(unit_query, unit_gallery[indices], _power_weights(values, alpha)), query)


def database_augmentation(features: Array, k: int = 3) -> Array:
    """Replace each gallery embedding by a mean of itself and its k nearest neighbours that favours the nearer ones.

    Arandjelović and Zisserman, CVPR 2012, section 3.1, with weights that fall with the rank r as (k + 1 - r) / (k + 1)
    as in Gordo et al., IJCV 2017, section 5.3; the embedding itself has rank 0.

    Args:
        features: Embeddings (N, D).
        k: Neighbours besides the embedding itself, at most N - 1 of them.

    Returns:
        Unit embeddings (N, D).

    Raises:
        ValueError: See :func:`query_expansion`.
    """
    unit = unit_rows(features, 'features')
    values, indices = _nearest_besides_itself(unit, k)
    ranks = torch.arange(1, values.shape[1] + 1, device=unit.device, dtype=unit.dtype)
    weights = ((k + 1 - ranks) / (k + 1)).expand_as(values)
    return like(_blend(unit, unit[indices], weights), features)


def _nearest_besides_itself(unit: Tensor, k: int) -> tuple[Tensor, Tensor]:
    similarity = unit @ unit.T
    similarity.fill_diagonal_(-torch.inf)
    return _nearest(similarity, min(k, len(unit) - 1))


def _nearest(similarity: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return values and indices (M, k) of the largest entries of each row, ties by index."""
    if k < 0:
        raise ValueError(f'k counts neighbours and cannot be negative, got {k}')
    values, indices = similarity.sort(dim=1, descending=True, stable=True)
    return values[:, :k], indices[:, :k]


def _power_weights(cosine: Tensor, alpha: float) -> Tensor:
    if alpha < 0:
        raise ValueError(f'alpha cannot be negative, got {alpha}')
    return cosine.clamp(min=0) ** alpha if alpha else torch.ones_like(cosine)


def _blend(unit: Tensor, neighbours: Tensor, weights: Tensor) -> Tensor:
    """Return the unit mean of embeddings (M, D) and weighted neighbours (M, k, D); (M, D)."""
    return F.normalize(unit + (weights[..., None] * neighbours).sum(1))
