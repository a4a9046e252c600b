"""Bringing the similarities of one model to a scale on which other models can be added."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.stats import rankdata
from sklearn.isotonic import IsotonicRegression

from jaguar_mm.retrieval.arrays import Array, like, to_numpy
from jaguar_mm.retrieval.sets import LEFT_OUT, SAME, Groups, match_sets


def rank_normalise(similarity: Array) -> Array:
    """Return the rank of each entry among all, from 0 (least alike) to 1; ties share their mean rank.

    Args:
        similarity: (M, N).

    Returns:
        float64 (M, N); 0.5 if all are equal.
    """
    values = _finite(similarity)
    ranks = rankdata(values).reshape(values.shape) - 1
    return like(ranks / (values.size - 1) if values.size > 1 else np.full(values.shape, 0.5), similarity)


def standardise(similarity: Array) -> Array:
    """Return similarities (M, N) less their mean, over their standard deviation, in float64; 0 if all are equal."""
    values = _finite(similarity)
    deviation = values - values.mean()
    return like(deviation / values.std() if np.ptp(values) else np.zeros_like(values), similarity)


def isotonic_calibration(
    similarity: Array,
    query_ids: Sequence,
    gallery_ids: Sequence | None = None,
    *,
    ignore: Array | None = None,
    groups: Groups = None,
) -> Callable[[Array], Array]:
    """Learn from labelled pairs how probable the same animal is at a similarity.

    The function learnt never falls, but is flat in places: it makes ties. Pairs with a picture of unknown identity have
    no label, and nothing is learnt from them.

    Args:
        similarity: Of one model on labelled pictures (M, N), not those to be searched.
        query_ids: Identity of each query (M,).
        gallery_ids: Identity of each gallery picture (N,); None: the queries are the gallery.
        ignore: Pairs to leave out, boolean (M, N).
        groups: Burst or encounter; pairs of one group are left out.

    Returns:
        A function from similarities of any shape to probabilities in float64; beyond what was seen it is constant.

    Raises:
        ValueError: If shapes do not match, a similarity is not finite, or all pairs are of one kind.
    """
    values = _finite(similarity)
    sets = match_sets(values.shape, query_ids, gallery_ids, ignore, groups)
    marks = sets.marks(slice(0, len(values)))
    counted = (marks != LEFT_OUT) & (sets.gallery_identity >= 0)
    same = marks[counted] == SAME
    if same.all() or not same.any():
        raise ValueError('calibration needs pairs of the same identity and pairs of different ones')
    fitted = IsotonicRegression(y_min=0, y_max=1, out_of_bounds='clip').fit(values[counted], same)

    def calibrate(similarity: Array) -> Array:
        values = _finite(similarity)
        return like(fitted.predict(values.ravel()).reshape(values.shape), similarity)

    return calibrate


def _finite(similarity: Array) -> np.ndarray:
    """Return similarities as float64, without NaN and infinity."""
    values = to_numpy(similarity).astype(np.float64)
    rows = np.flatnonzero(~np.isfinite(values).reshape(len(values), -1).all(1))
    if len(rows):
        raise ValueError(f'similarity has NaN or Inf in {len(rows)} row(s): {", ".join(map(str, rows[:10]))}')
    return values
