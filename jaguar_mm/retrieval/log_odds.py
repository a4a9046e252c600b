"""The log-odds that two images show one animal, linear in the similarities of one ranking or of several.

Memory is that of a block of queries; every step of Newton's method goes through all blocks once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from jaguar_mm.retrieval.calibration import finite, sigmoid
from jaguar_mm.retrieval.moments import Moments
from jaguar_mm.retrieval.rankings import Ranking
from jaguar_mm.retrieval.sets import OTHER, SAME, Sets

STEPS, TOLERANCE = 100, 1e-9  # of Newton's method
NOTHING = 'pairs of the same animal are not more alike than others: there is nothing to calibrate'
Pairs = Iterator[tuple[np.ndarray, np.ndarray]]  # similarities of same-animal pairs and of others, by blocks


class LogOdds(NamedTuple):
    """Log-odds: an offset, and a slope for each ranking's standardised similarity.

    Attributes:
        offset: Log-odds where every similarity is its mean.
        slopes: Of each ranking (K,).
        means: Of the similarities of all pairs (K,).
        deviations: Their standard deviations (K,), 1 where all are equal.
    """

    offset: float
    slopes: np.ndarray
    means: np.ndarray
    deviations: np.ndarray


def fit_odds(rankings: Sequence[Ranking], sets: Sets) -> LogOdds:
    """Fit by logistic regression (with the targets of Platt, Advances in Large Margin Classifiers 1999).

    Args:
        rankings: Of the same labelled images (K).
        sets: Who the images show, and which pairs are left out.

    Raises:
        ValueError: If shapes do not match, a similarity is not finite, or all pairs are of one kind.
    """
    blocks = labelled_pairs(rankings, sets)
    same, other = [Moments()] * len(rankings), [Moments()] * len(rankings)
    for alike, different in blocks():
        same = [moments.merged(Moments.of(values)) for moments, values in zip(same, alike, strict=True)]
        other = [moments.merged(Moments.of(values)) for moments, values in zip(other, different, strict=True)]
    pairs_of_one, pairs_of_two = same[0].count, other[0].count
    refuse_one_kind(pairs_of_one, pairs_of_two)
    everything = [one.merged(two) for one, two in zip(same, other, strict=True)]
    means = np.array([moments.mean for moments in everything])
    deviations = np.array([float(np.sqrt(moments.scatter / moments.count)) or 1.0 for moments in everything])
    targets = (pairs_of_one + 1) / (pairs_of_one + 2), 1 / (pairs_of_two + 2)

    def evaluate(at: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Return cross-entropy, what lowers it (1 + K,) and its curvature (1 + K, 1 + K) at an offset and slopes."""
        entropy, descent, curvature = 0.0, np.zeros(len(at)), np.zeros((len(at), len(at)))
        for block in blocks():
            for values, target in zip(block, targets, strict=True):  # (K, P)
                standard = (values - means[:, None]) / deviations[:, None]
                standard = np.concatenate([np.ones((1, values.shape[1])), standard])
                odds = at @ standard
                probability = sigmoid(odds)
                entropy += float((np.logaddexp(0, odds) - target * odds).sum())
                descent += standard @ (target - probability)
                curvature += (standard * (probability * (1 - probability))) @ standard.T
        return entropy, descent, curvature

    start = np.array([np.log((pairs_of_one + 1) / (pairs_of_two + 1)), *[0.0] * len(rankings)])
    offset, *slopes = _lowest(evaluate, start)
    return LogOdds(float(offset), np.array(slopes), means, deviations)


def labelled_pairs(rankings: Sequence[Ranking], sets: Sets) -> Callable[[], Pairs]:
    """Return a function that goes through the pairs anew: their similarities in all rankings (K, P), by blocks."""
    for ranking in rankings:
        if ranking.one_set != sets.one_set:
            raise ValueError('give gallery_ids if the ranking has a gallery of its own, and only then')

    def blocks() -> Pairs:
        for rows, tile in rankings[0].tiles().blocks():
            marks = sets.marks(rows)
            values = np.stack([finite(tile), *(finite(ranking.rows(rows)) for ranking in rankings[1:])])
            yield values[:, marks == SAME], values[:, (marks == OTHER) & (sets.gallery_identity >= 0)]

    return blocks


def refuse_one_kind(same: int, other: int) -> None:
    """Raise ValueError unless there are pairs of the same identity and pairs of two."""
    if not same or not other:
        raise ValueError('calibration needs pairs of the same identity and pairs of different ones')


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
