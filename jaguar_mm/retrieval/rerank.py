"""k-reciprocal re-ranking (Zhong et al., "Re-ranking person re-identification with k-reciprocal encoding", CVPR 2017).

Over the union of queries and gallery, with d the squared Euclidean distance of unit embeddings, each row divided by its
maximum: the k-reciprocal set of an image holds those of its k1 nearest (besides itself) that have it among theirs
(eq. 3), widened by the round(k1 / 2)-reciprocal set of each member that overlaps by more than two thirds (eq. 4); it is
encoded by the weights exp(-d), normalised to 1 (eq. 7); the codes of the k2 nearest, the image itself included, are
averaged (eq. 11); the Jaccard distance comes from sums of minima (eq. 10). The result is
``(1 - lambda_value) * jaccard + lambda_value * d`` (eq. 12).

An image counts as its own nearest; of equally near neighbours those with the lower index (queries before gallery)
count. Which are nearer is decided by cosines in double precision, rounded to 12 digits: see
:mod:`~jaguar_mm.retrieval.embeddings`.
"""

from __future__ import annotations

from jaguar_mm.retrieval.arrays import Array, like
from jaguar_mm.retrieval.reciprocal import Reciprocal


def k_reciprocal_rerank(
    query: Array,
    gallery: Array | None = None,
    *,
    k1: int = 20,
    k2: int = 6,
    lambda_value: float = 0.3,
    database: Array | None = None,
) -> Array:
    """Return distances re-ranked by how much the reciprocal neighbourhoods of two images agree.

    Args:
        query: Embeddings (M, D), of any length.
        gallery: Embeddings (N, D); None: the queries against themselves.
        k1: Size of the neighbourhoods, at least 1; all other images if there are fewer.
        k2: Size of the local expansion, at least 1; 1 leaves the codes alone.
        lambda_value: Share of the original distance, 0 to 1.
        database: Further embeddings (L, D) that take part in the union, such as the training set's where its animals
            are those to be found; they are no rows or columns of the result.

    Returns:
        Distances in [0, 1] (M, N), float64 for float64 input, else float32. Besides them the memory needed is linear.

    Raises:
        ValueError: If a parameter is out of range, or a row has NaN, Inf or only zeros.
    """
    reranking = Reciprocal(query, gallery, database, k1=k1, k2=k2, lambda_value=lambda_value)
    return like(reranking.matrix(), query)


def k_reciprocal_topk(
    query: Array,
    gallery: Array | None = None,
    *,
    k: int = 20,
    k1: int = 20,
    k2: int = 6,
    lambda_value: float = 0.3,
    database: Array | None = None,
    prefilter: str = 'none',
) -> tuple[Array, Array]:
    """Return the k smallest re-ranked distances of each query and where they are, in memory linear in the input.

    The same distances as those of :func:`k_reciprocal_rerank`, without ever a matrix of them.

    Args:
        query: Embeddings (M, D), of any length.
        gallery: Embeddings (N, D); None: the queries among themselves, none in its own list.
        k: How many, at least 1; cut to as many as there are.
        k1: See :func:`k_reciprocal_rerank`, like ``k2``, ``lambda_value`` and ``database``.
        prefilter: See :func:`~jaguar_mm.retrieval.knn.topk_similarity`; the result is the same.

    Returns:
        Distances (M, k), float64 for float64 input, else float32, and indices (M, k), int64: smallest first, of equal
        ones the lower index first.

    Raises:
        ValueError: If a parameter is out of range, or a row has NaN, Inf or only zeros.
    """
    if k < 1:
        raise ValueError(f'k must be at least 1, got {k}')
    reranking = Reciprocal(query, gallery, database, k1=k1, k2=k2, lambda_value=lambda_value, prefilter=prefilter)
    values, indices = reranking.nearest(k)
    return like(values, query), like(indices, query)
