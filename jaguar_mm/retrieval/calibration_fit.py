"""Learning from labelled pairs how probable the same animal is at a similarity.

All pairs take part that are not left out and whose gallery image has an identity. They are gone through a block of
queries at a time. Besides a block, memory holds the similarities of the pairs of the same animal: the pairs of two
animals between two neighbours among these are a run that an isotonic fit keeps level, so that their number, the least
and the greatest say all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from jaguar_mm.retrieval.apart import Groups
from jaguar_mm.retrieval.arrays import Array
from jaguar_mm.retrieval.calibration import Isotonic, Logistic, Standardised, finite, sigmoid
from jaguar_mm.retrieval.moments import Moments
from jaguar_mm.retrieval.rankings import MatrixRanking, Ranking
from jaguar_mm.retrieval.sets import OTHER, SAME, Sets, match_sets

STEPS, TOLERANCE = 100, 1e-9  # of Newton's method for the logistic function
Pairs = Iterator[tuple[np.ndarray, np.ndarray]]  # similarities of same-animal pairs and of others, by blocks


class Points(NamedTuple):
    """Rising similarities (P,) with the number of pairs and of those of the same animal at each."""

    similarities: np.ndarray
    pairs: np.ndarray
    same: np.ndarray


def fit_isotonic(
    ranking: Ranking, query_ids: Sequence, gallery_ids: Sequence | None = None, *, apart: Groups = None
) -> Isotonic:
    """Fit the never falling function with the least squared error to the labels.

    Args:
        ranking: Of labelled images, not those to be searched.
        query_ids: Identity of each query (M,).
        gallery_ids: Identity of each gallery image (N,); None with one set.
        apart: Pairs that are left out.

    Raises:
        ValueError: If shapes do not match, a similarity is not finite, or all pairs are of one kind.
    """
    return _isotonic(_labelled_pairs(ranking, match_sets(ranking.shape, query_ids, gallery_ids, None, apart)))


def fit_logistic(
    ranking: Ranking, query_ids: Sequence, gallery_ids: Sequence | None = None, *, apart: Groups = None
) -> Logistic:
    """Fit a logistic function (Platt, Advances in Large Margin Classifiers 1999; with his targets).

    Memory is that of a block; every step of Newton's method goes through all blocks once.

    Args:
        ranking: Of labelled images, not those to be searched.
        query_ids: Identity of each query (M,).
        gallery_ids: Identity of each gallery image (N,); None with one set.
        apart: Pairs that are left out.

    Raises:
        ValueError: See :func:`fit_isotonic`; or if pairs of the same animal are not more alike than others.
    """
    blocks = _labelled_pairs(ranking, match_sets(ranking.shape, query_ids, gallery_ids, None, apart))
    same, other = Moments(), Moments()
    for alike, different in blocks():
        same, other = same.merged(Moments.of(alike)), other.merged(Moments.of(different))
    _refuse_one_kind(same.count, other.count)
    everything = same.merged(other)
    scale = float(np.sqrt(everything.scatter / everything.count)) or 1.0
    targets = (same.count + 1) / (same.count + 2), 1 / (other.count + 2)

    def evaluate(at: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return cross-entropy, what lowers it (2,) and its curvature (2, 2) at an offset and slope."""
        entropy, descent, curvature = 0.0, np.zeros(2), np.zeros((2, 2))
        for block in blocks():
            for values, target in zip(block, targets, strict=True):
                standard = np.stack([np.ones_like(values), (values - everything.mean) / scale])
                odds = at @ standard
                probability = sigmoid(odds)
                entropy += float((np.logaddexp(0, odds) - target * odds).sum())
                descent += standard @ (target - probability)
                curvature += (standard * (probability * (1 - probability))) @ standard.T
        return entropy, descent, curvature

    offset, slope = _lowest(evaluate, np.array([np.log((same.count + 1) / (other.count + 1)), 0.0]))
    if slope <= 0:
        raise ValueError('pairs of the same animal are not more alike than others: there is nothing to calibrate')
    return Logistic(float(slope / scale), float(offset - slope * everything.mean / scale))


def _lowest(evaluate: Callable[[np.ndarray], tuple[float, np.ndarray, np.ndarray]], at: np.ndarray) -> np.ndarray:
    """Return where a convex function is lowest, by Newton's method; a step that leads upwards is halved."""
    value, descent, curvature = evaluate(at)
    for _ in range(STEPS):
        step = np.linalg.lstsq(curvature, descent)[0]
        while np.abs(step).max() > TOLERANCE:
            trial = evaluate(at + step)
            if trial[0] < value:
                break
            step /= 2
        else:
            return at
        at, (value, descent, curvature) = at + step, trial
    return at


def fit_standardised(ranking: Ranking) -> Standardised:
    """Return mean and standard deviation of all similarities of a ranking, those of each image to itself included."""
    moments = Moments()
    for _, tile in ranking.tiles().blocks():
        moments = moments.merged(Moments.of(finite(tile).ravel()))
    return Standardised(moments.mean, float(np.sqrt(moments.scatter / moments.count)))


def isotonic_calibration(
    similarity: Array,
    query_ids: Sequence,
    gallery_ids: Sequence | None = None,
    *,
    ignore: Array | None = None,
    groups: Groups = None,
) -> Isotonic:
    """Fit to a matrix (M, N); see :func:`fit_isotonic` and, for ``ignore``, :func:`match_sets`."""
    ranking = MatrixRanking(finite(similarity), gallery_ids is None)
    return _isotonic(_labelled_pairs(ranking, match_sets(ranking.shape, query_ids, gallery_ids, ignore, groups)))


def _labelled_pairs(ranking: Ranking, sets: Sets) -> Callable[[], Pairs]:
    """Return a function that goes through the pairs anew."""
    if ranking.one_set != sets.one_set:
        raise ValueError('give gallery_ids if the ranking has a gallery of its own, and only then')

    def blocks() -> Pairs:
        for rows, tile in ranking.tiles().blocks():
            marks, values = sets.marks(rows), finite(tile)
            yield values[marks == SAME], values[(marks == OTHER) & (sets.gallery_identity >= 0)]

    return blocks


def _isotonic(blocks: Callable[[], Pairs]) -> Isotonic:
    from scipy.optimize import isotonic_regression  # takes longer to import than all of this package

    points = _points(blocks)
    label = points.same / points.pairs
    ends = isotonic_regression(label, weights=points.pairs).blocks
    sums = [np.add.reduceat(counts, ends[:-1]) for counts in (points.same, points.pairs)]
    fitted = np.repeat(sums[0] / sums[1], np.diff(ends))
    inner = np.ones(len(fitted), bool)
    inner[1:-1] = (fitted[1:-1] != fitted[:-2]) | (fitted[1:-1] != fitted[2:])  # not within a flat place
    return Isotonic(tuple(points.similarities[inner].tolist()), tuple(fitted[inner].tolist()))


def _points(blocks: Callable[[], Pairs]) -> Points:
    """Sum up the pairs: a point at each similarity of a same-animal pair, and two at most between neighbours."""
    values, same = np.unique(np.concatenate([alike for alike, _ in blocks()]), return_counts=True)
    at = np.zeros(len(values), np.int64)  # pairs of two animals at these similarities, and between them
    between = np.zeros(len(values) + 1, np.int64)
    least, greatest = np.full(len(between), np.inf), np.full(len(between), -np.inf)
    for _, different in blocks():
        gap = np.searchsorted(values, different)
        equal = np.append(values, np.inf)[gap] == different
        at += np.bincount(gap[equal], minlength=len(values))
        gap, inside = gap[~equal], different[~equal]
        between += np.bincount(gap, minlength=len(values) + 1)
        np.minimum.at(least, gap, inside)
        np.maximum.at(greatest, gap, inside)
    _refuse_one_kind(same.sum(), at.sum() + between.sum())
    seen, several = between > 0, greatest > least
    similarities = np.concatenate([values, least[seen], greatest[several]])
    pairs = np.concatenate([same + at, between[seen] - several[seen], np.ones(several.sum(), np.int64)])
    labels = np.concatenate([same, np.zeros(len(pairs) - len(same), np.int64)])
    order = np.argsort(similarities, kind='stable')
    return Points(similarities[order], pairs[order], labels[order])


def _refuse_one_kind(same: int, other: int) -> None:
    if not same or not other:
        raise ValueError('calibration needs pairs of the same identity and pairs of different ones')
