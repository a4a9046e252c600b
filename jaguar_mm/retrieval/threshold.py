"""From which similarity on two images show one animal, with the errors that this makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jaguar_mm.retrieval.apart import Apart, pair_codes
from jaguar_mm.retrieval.columns import is_unknown
from jaguar_mm.retrieval.rankings import Ranking

FEWEST = 4  # animals, and of those shown twice: two for the choice, two for the errors
RESAMPLES = 200
FOLDS = 5
INTERVAL = (2.5, 97.5)  # percentiles


@dataclass(frozen=True)
class Threshold:
    """A similarity, and what calling all pairs at or above it one animal comes to.

    Attributes:
        similarity: The threshold, chosen on all pairs.
        false_matches: Share of the pairs of two animals at or above it.
        missed: Share of the pairs of one animal below it.
        auc: Area under the receiver operating characteristic: how often a pair of one animal is more alike than a pair
            of two. 0.5 is chance.
        auc_low: Lower end of its 95 % interval, by a bootstrap over the animals.
        auc_high: Upper end.
        pairs_of_one: How many pairs of one animal there are.
        pairs_of_two: How many pairs of two animals.

    Both shares are of animals that had no part in the choice: in each of some folds the threshold is chosen on the
    pairs of the other folds' animals.
    """

    similarity: float
    false_matches: float
    missed: float
    auc: float
    auc_low: float
    auc_high: float
    pairs_of_one: int
    pairs_of_two: int


def find_threshold(
    ranking: Ranking,
    identities: Sequence,
    *,
    most_false: float = 0.01,
    apart: Apart | None = None,
    seed: int = 0,
) -> Threshold:
    """Choose the lowest threshold at which few pairs of two animals pass for one.

    Args:
        ranking: Of a set of images against itself (N, N); larger is more alike.
        identities: Who each image shows (N,); images of unknown identity are left aside.
        most_false: Share of the pairs of two animals that may reach it.
        apart: Pairs that are left out, such as those of one burst, which are more alike than any others will be.
        seed: Of folds and bootstrap.

    Raises:
        ValueError: If there are too few animals, or the similarity tells them apart no better than chance: then no
            threshold is of use.
    """
    values, first, second = _pairs(ranking, identities, apart)
    same = first == second
    twice = len(np.unique(first[same]))
    animals = np.unique(np.concatenate([first, second]))
    if len(animals) < FEWEST or twice < FEWEST:
        raise ValueError(
            f'{len(animals)} animals, {twice} of them in two images that may be compared: at least {FEWEST} are needed '
            f'to choose a threshold and to measure its errors on others'
        )
    random = np.random.default_rng(seed)
    order = np.argsort(values, kind='stable')
    auc = _auc(values[order], same[order], np.ones(len(values)))
    drawn = [_resampled_auc(random, values[order], first[order], second[order]) for _ in range(RESAMPLES)]
    low, high = np.nanpercentile(drawn, INTERVAL)
    if low <= 0.5:
        raise ValueError(
            f'the area under the curve is {auc:.3f} (95 % {low:.3f} to {high:.3f}) and may be chance (0.5): by this '
            f'similarity these animals cannot be told apart; train on such animals, or take more images'
        )
    false_matches, missed = _errors(random, values, first, second, most_false)
    chosen = _choose(values[~same], most_false)
    return Threshold(chosen, false_matches, missed, auc, low, high, int(same.sum()), int((~same).sum()))


def _pairs(ranking: Ranking, identities: Sequence, apart: Apart | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return similarity and both animals' numbers of each pair of known images that may be compared (P,)."""
    known = np.array([not is_unknown(identity) for identity in identities])
    names = [str(identity) for identity in identities]
    numbers = np.unique(names, return_inverse=True)[1]
    values = np.array(ranking.matrix(), np.float64)
    pair_codes(apart, values.shape, one_set=True).mark(values, slice(0, len(values)), np.nan)
    rows, columns = np.triu_indices(len(values), 1)
    taken = known[rows] & known[columns] & ~np.isnan(values[rows, columns])
    rows, columns = rows[taken], columns[taken]
    return values[rows, columns], numbers[rows], numbers[columns]


def _choose(of_two: np.ndarray, most_false: float) -> float:
    """Return the lowest threshold that at most a share of the values reaches."""
    allowed = int(most_false * len(of_two))
    return float(np.nextafter(np.sort(of_two)[len(of_two) - allowed - 1], np.inf))


def _errors(
    random: np.random.Generator, values: np.ndarray, first: np.ndarray, second: np.ndarray, most_false: float
) -> tuple[float, float]:
    """Return both shares of errors, each over the pairs of all folds."""
    animals = np.unique(first[first == second])
    folds = min(FOLDS, len(animals) // 2)
    fold_of = np.full(max(first.max(), second.max()) + 1, -1)
    fold_of[random.permutation(animals)] = np.arange(len(animals)) % folds
    found = []
    for fold in range(folds):
        inside = (fold_of[first] == fold) & (fold_of[second] == fold)
        outside = (fold_of[first] != fold) & (fold_of[second] != fold)
        threshold = _choose(values[outside & (first != second)], most_false)
        found.append((values[inside] >= threshold, first[inside] == second[inside]))
    reached, same = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return float(reached[~same].mean()), float(1 - reached[same].mean())


def _resampled_auc(random: np.random.Generator, values: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
    """Return the area on animals drawn with replacement; a pair counts as often as both its animals were drawn."""
    count = int(max(first.max(), second.max())) + 1
    drawn = np.bincount(random.integers(0, count, count), minlength=count).astype(float)
    same = first == second
    return _auc(values, same, np.where(same, drawn[first], drawn[first] * drawn[second]))


def _auc(values: np.ndarray, same: np.ndarray, weights: np.ndarray) -> float:
    """Return the weighted area under the curve of sorted values; ties count half."""
    starts = np.flatnonzero(np.diff(values, prepend=-np.inf))
    ones = np.add.reduceat(np.where(same, weights, 0), starts)
    twos = np.add.reduceat(np.where(same, 0, weights), starts)
    below = np.cumsum(twos) - twos
    total = ones.sum() * twos.sum()
    return float((ones * (below + twos / 2)).sum() / total) if total else float('nan')
