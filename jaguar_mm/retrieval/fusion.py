"""Several models, or several views of one, made into one: by their embeddings, their similarities, their classes."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np

from jaguar_mm.retrieval.arrays import Array, like, to_numpy
from jaguar_mm.retrieval.calibration import rank_normalise, standardise
from jaguar_mm.retrieval.similarity import unit_rows

Normalisation = Callable[[Array], Array]
NORMALISATIONS: dict[str, Normalisation] = {'rank': rank_normalise, 'zscore': standardise}


def fuse_embeddings(embeddings: Sequence[Array], weights: Sequence[float] | None = None) -> Array:
    """Average the unit embeddings of several models of one width and return unit embeddings (N, D).

    Models of different widths have no common space: fuse their similarities instead.

    Args:
        embeddings: Of each model (N, D), of any length.
        weights: Of each model, not negative; all the same by default.

    Raises:
        ValueError: If shapes differ, a row has NaN, Inf or only zeros, or embeddings of an image cancel out.
    """
    _refuse_other_shapes(embeddings, 'embeddings')
    units = [unit_rows(made, f'embeddings of model {i}') for i, made in enumerate(embeddings)]
    parts = (share * like(unit, units[0]) for share, unit in zip(shares(weights, len(units)), units, strict=True))
    mean = reduce(operator.add, parts)
    return like(unit_rows(mean, 'the average of the embeddings'), embeddings[0])


def fuse_similarities(
    similarities: Sequence[Array],
    normalise: str | Sequence[Normalisation] = 'zscore',
    weights: Sequence[float] | None = None,
) -> Array:
    """Average the similarities of several models, each brought to a common scale first.

    Args:
        similarities: Of each model (M, N).
        normalise: ``'rank'`` or ``'zscore'``, over all entries of a matrix; or one function a model, such as those of
            :func:`~jaguar_mm.retrieval.calibration.isotonic_calibration`.
        weights: Of each model, not negative; all the same by default.

    Returns:
        float64 (M, N).

    Raises:
        ValueError: If shapes differ, a similarity is not finite, or the normalisation is unknown.
    """
    _refuse_other_shapes(similarities, 'similarities')
    if isinstance(normalise, str):
        if normalise not in NORMALISATIONS:
            raise ValueError(f'normalise must be one of {sorted(NORMALISATIONS)} or functions, got {normalise!r}')
        normalise = [NORMALISATIONS[normalise]] * len(similarities)
    parts = (
        share * to_numpy(function(similarity))
        for share, function, similarity in zip(shares(weights, len(similarities)), normalise, similarities, strict=True)
    )
    return like(reduce(operator.add, parts), similarities[0])


def fuse_posteriors(
    similarity: Array, query_posteriors: Array, gallery_posteriors: Array | None = None, weight: float = 0.0
) -> Array:
    """Add to a similarity how far a classifier agrees on two images, for galleries of known identities only.

    The agreement is the probability that both show the same identity if the classifier is right,
    ``sum over classes of p(query is c) * p(gallery is c)``.

    Args:
        similarity: (M, N).
        query_posteriors: Class probabilities (M, C).
        gallery_posteriors: Class probabilities (N, C); None: those of the queries.
        weight: Factor of the agreement; 0 leaves the similarity as it is.

    Raises:
        ValueError: If shapes do not match, or a row is no probability distribution (rows are named by index).
    """
    if gallery_posteriors is None:
        gallery_posteriors = query_posteriors
    values, query, gallery = to_numpy(similarity), to_numpy(query_posteriors), to_numpy(gallery_posteriors)
    for name, rows in (('query_posteriors', query), ('gallery_posteriors', gallery)):
        _refuse_no_distribution(rows, name)
    if values.shape != (len(query), len(gallery)) or query.shape[1] != gallery.shape[1]:
        raise ValueError(
            f'similarity {values.shape} does not fit posteriors {query.shape} of queries and {gallery.shape} of gallery'
        )
    if weight == 0:
        return similarity
    return like((values + weight * (query @ gallery.T)).astype(values.dtype), similarity)


def _refuse_other_shapes(arrays: Sequence[Array], name: str) -> None:
    if not arrays:
        raise ValueError(f'there are no {name} to fuse')
    for i, array in enumerate(arrays):
        if tuple(array.shape) != tuple(arrays[0].shape):
            raise ValueError(f'{name} of model {i} are {tuple(array.shape)}, those of model 0 {tuple(arrays[0].shape)}')


def _refuse_no_distribution(rows: np.ndarray, name: str) -> None:
    bad = np.flatnonzero(~((rows >= 0).all(1) & (np.abs(rows.sum(1) - 1) < 1e-2)))  # half precision sums roughly
    if len(bad):
        raise ValueError(f'{name}: row {bad[0]} is no probability distribution (apply softmax to logits first)')


def shares(weights: Sequence[float] | None, count: int) -> list[float]:
    """Return weights that sum to 1."""
    given = [1.0] * count if weights is None else list(weights)
    if len(given) != count or min(given) < 0 or sum(given) <= 0:
        raise ValueError(f'need {count} weights that are not negative and not all 0, got {given}')
    return [weight / sum(given) for weight in given]
