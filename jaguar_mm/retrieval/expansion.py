"""Query expansion and database augmentation: embeddings averaged with those of their nearest neighbours.

Neighbours come from :func:`~jaguar_mm.retrieval.knn.topk_similarity`, so that memory is linear in the input.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from jaguar_mm.kernels import kernel
from jaguar_mm.retrieval.arrays import Array, is_tensor, like, to_numpy
from jaguar_mm.retrieval.knn import topk_similarity
from jaguar_mm.retrieval.similarity import unit_pair

NOTHING = 1e-6  # a mean as short as this has no direction: opposite neighbours; the embedding stays as it is
Weigh = Callable[[np.ndarray], np.ndarray]  # cosines of neighbours (N, k), nearest first -> their weights (N, k)


def query_expansion(
    features: Array, k: int = 3, alpha: float = 0.0, *, iterations: int = 1, database: Array | None = None
) -> Array:
    """Replace each embedding of one set by the mean of itself and its k nearest neighbours in the set.

    Average query expansion (Chum et al., ICCV 2007, section 3) at ``alpha`` 0, where every neighbour has the weight 1;
    alpha-QE (Radenović et al., TPAMI 2019, section 4.2) above, where it is the cosine to the power alpha and a negative
    cosine has no weight. The embedding itself always has the weight 1.

    Args:
        features: Embeddings (N, D); normalised here.
        k: Neighbours besides the embedding itself, at most as many as there are; 0 only normalises.
        alpha: Exponent of the neighbours' weights.
        iterations: How often; each time over the embeddings that the last one gave.
        database: Further embeddings (L, D) that neighbours may come from, such as the training set's where its animals
            are those to be found. They are expanded along with the features, over both, and left out of the result.

    Returns:
        Unit embeddings (N, D), in float32 or float64. Of equally near neighbours those with the lower index count, the
        features' before the database's.

    Raises:
        ValueError: If k or alpha is negative, there is no iteration, the widths differ, or a row has NaN, Inf or only
            zeros.
    """
    return _expand_set(features, database, k, _power_weights(alpha), iterations)


def expand_queries(query: Array, gallery: Array, k: int = 3, alpha: float = 0.0, *, iterations: int = 1) -> Array:
    """Replace each query by the mean of itself and its k nearest neighbours in a gallery of its own.

    Args:
        query: Embeddings (M, D).
        gallery: Embeddings (N, D); they stay as they are.
        k: Neighbours, at most N of them.
        alpha: Exponent of the neighbours' weights, see :func:`query_expansion`.
        iterations: How often; each time the expanded queries look for their neighbours anew.

    Returns:
        Unit query embeddings (M, D).

    Raises:
        ValueError: See :func:`query_expansion`.
    """
    expanded, unit_gallery = unit_pair(query, gallery)
    weigh = _power_weights(alpha)
    for _ in range(_checked(iterations)):
        expanded = _blend(expanded, unit_gallery, *topk_similarity(expanded, unit_gallery, k), weigh)
    return like(expanded, query)


def database_augmentation(features: Array, k: int = 3, *, iterations: int = 1, database: Array | None = None) -> Array:
    """Replace each gallery embedding by a mean of itself and its k nearest neighbours that favours the nearer ones.

    Arandjelović and Zisserman, CVPR 2012, section 3.1, with weights that fall with the rank r as (k + 1 - r) / (k + 1)
    as in Gordo et al., IJCV 2017, section 5.3; the embedding itself has rank 0.

    Args:
        features: Embeddings (N, D).
        k: Neighbours besides the embedding itself, at most as many as there are.
        iterations: See :func:`query_expansion`.
        database: See :func:`query_expansion`.

    Returns:
        Unit embeddings (N, D).

    Raises:
        ValueError: See :func:`query_expansion`.
    """

    def by_rank(cosines: np.ndarray) -> np.ndarray:
        ranks = np.arange(1, cosines.shape[1] + 1, dtype=cosines.dtype)
        return np.broadcast_to((k + 1 - ranks) / (k + 1), cosines.shape)

    return _expand_set(features, database, k, by_rank, iterations)


def _expand_set(features: Array, database: Array | None, k: int, weigh: Weigh, iterations: int) -> Array:
    """Expand features and database over both, and return the features."""
    expanded, others = unit_pair(features, database, ('features', 'database'))
    count = len(expanded)
    if database is not None:
        expanded = _joined(expanded, others)
    for _ in range(_checked(iterations)):
        expanded = _blend(expanded, expanded, *topk_similarity(expanded, k=k), weigh)
    return like(expanded[:count], features)


def _checked(iterations: int) -> int:
    if iterations < 1:
        raise ValueError(f'iterations must be at least 1, got {iterations}')
    return iterations


def _joined(first: Array, second: Array) -> Array:
    if is_tensor(first) and is_tensor(second):
        import torch

        return torch.cat([first, second])
    return np.concatenate([first, second])


def _power_weights(alpha: float) -> Weigh:
    if alpha < 0:
        raise ValueError(f'alpha cannot be negative, got {alpha}')
    return lambda cosines: np.maximum(cosines, 0) ** alpha if alpha else np.ones_like(cosines)


def _blend(unit: Array, others: Array, cosines: Array, indices: Array, weigh: Weigh) -> Array:
    """Return the unit mean of each embedding (M, D) and its weighted neighbours, rows (M, k) of others (N, D)."""
    if indices.shape[1] == 0:
        return unit
    weights = np.ascontiguousarray(weigh(to_numpy(cosines)))
    if not is_tensor(unit):
        return _means(unit, to_numpy(others), to_numpy(indices), weights, NOTHING)
    from jaguar_mm.retrieval.torch_rows import mean_tensors

    return mean_tensors(unit, like(others, unit), like(indices, unit), like(weights, unit), NOTHING)


@kernel()
def _means(
    unit: np.ndarray, others: np.ndarray, indices: np.ndarray, weights: np.ndarray, shortest: float
) -> np.ndarray:
    """Return means of unit length (M, D); where one is not longer than ``shortest``, the embedding itself."""
    means = np.empty_like(unit)
    total = np.empty(unit.shape[1])
    for i in range(len(unit)):
        total[:] = unit[i]
        for slot in range(indices.shape[1]):
            other, weight = others[indices[i, slot]], np.float64(weights[i, slot])
            for d in range(len(total)):
                total[d] += weight * other[d]
        squares = 0.0
        for d in range(len(total)):
            squares += total[d] * total[d]
        length = np.sqrt(squares)
        for d in range(len(total)):
            means[i, d] = total[d] / length if length > shortest else unit[i, d]
    return means
