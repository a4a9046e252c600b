"""Learning from labelled pairs how probable the same animal is at a similarity.

All pairs take part that are not left out and whose gallery image has an identity. They are gone through a block of
queries at a time. Besides a block, memory holds the similarities of the pairs of the same animal: the pairs of two
animals between two neighbours among these are a run that an isotonic fit keeps level, so that their number, the least
and the greatest say all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from jaguar_mm.retrieval.apart import Groups
from jaguar_mm.retrieval.arrays import Array
from jaguar_mm.retrieval.calibration import Isotonic, Logistic, Standardised, finite
from jaguar_mm.retrieval.log_odds import NOTHING, Pairs, fit_odds, labelled_pairs, refuse_one_kind
from jaguar_mm.retrieval.moments import Moments
from jaguar_mm.retrieval.rankings import MatrixRanking, Ranking
from jaguar_mm.retrieval.sets import Sets, match_sets


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
    return _isotonic(_of_one(ranking, match_sets(ranking.shape, query_ids, gallery_ids, None, apart)))


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
    odds = fit_odds([ranking], match_sets(ranking.shape, query_ids, gallery_ids, None, apart))
    if odds.slopes[0] <= 0:
        raise ValueError(NOTHING)
    slope = odds.slopes[0] / odds.deviations[0]
    return Logistic(float(slope), float(odds.offset - slope * odds.means[0]))


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
    return _isotonic(_of_one(ranking, match_sets(ranking.shape, query_ids, gallery_ids, ignore, groups)))


def _of_one(ranking: Ranking, sets: Sets) -> Callable[[], Pairs]:
    """Return a function that goes through the pairs of one ranking anew."""
    blocks = labelled_pairs([ranking], sets)
    return lambda: ((same[0], other[0]) for same, other in blocks())


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
    refuse_one_kind(same.sum(), at.sum() + between.sum())
    seen, several = between > 0, greatest > least
    similarities = np.concatenate([values, least[seen], greatest[several]])
    pairs = np.concatenate([same + at, between[seen] - several[seen], np.ones(several.sum(), np.int64)])
    labels = np.concatenate([same, np.zeros(len(pairs) - len(same), np.int64)])
    order = np.argsort(similarities, kind='stable')
    return Points(similarities[order], pairs[order], labels[order])
