"""Metrics of pairs: how well similarities tell the same animal from two different ones.

All take the sets of :mod:`~jaguar_mm.retrieval.metrics`; every pair that is not left out counts once, one with a
distractor as a pair of two animals. They are exact:
of the pairs of the same animal all similarities are kept, those of different ones are sorted a block at a time and
counted against them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaguar_mm.kernels import kernel
from jaguar_mm.retrieval.apart import Groups
from jaguar_mm.retrieval.arrays import Array
from jaguar_mm.retrieval.moments import Moments
from jaguar_mm.retrieval.sets import OTHER, SAME, Sets, match_sets
from jaguar_mm.retrieval.tiles import Tiles, matrix_tiles


class PairStatistics(NamedTuple):
    """What the pair metrics need: counts at every distinct similarity of a same-animal pair, the highest first.

    Attributes:
        same: How many same-animal pairs are at least so alike (T,); the last entry is all of them.
        different: How many pairs of two animals are at least so alike (T,).
        different_above: How many are more alike (T,).
        num_different: Number of pairs of two animals.
        pearson: Correlation of similarity and label.
    """

    same: np.ndarray
    different: np.ndarray
    different_above: np.ndarray
    num_different: int
    pearson: float

    @property
    def recall(self) -> np.ndarray:
        """Share of the same-animal pairs at least so alike (T,)."""
        return self.same / self.same[-1]

    def roc_auc(self) -> float:
        """Return the area under the curve of true against false positives; ties count half."""
        beaten = self.num_different - (self.different + self.different_above) / 2
        return float(np.diff(self.recall, prepend=0) @ beaten / self.num_different)

    def average_precision(self) -> float:
        """Return the sum of precision times gain in recall over the distinct similarities."""
        precision = self.same / (self.same + self.different)
        return float(np.diff(self.recall, prepend=0) @ precision)

    def tpr(self, fpr: float) -> float:
        """Return the largest recall at which at most ``fpr`` of the pairs of two animals are accepted."""
        return float(self.recall[self.different <= fpr * self.num_different].max(initial=0))


def pair_roc_auc(
    similarity: Array,
    query_ids: Sequence,
    gallery_ids: Sequence | None = None,
    *,
    ignore: Array | None = None,
    groups: Groups = None,
) -> float:
    """Return the probability that a pair of the same animal is more alike than a pair of two (ties count half)."""
    return pair_statistics(similarity, query_ids, gallery_ids, ignore, groups).roc_auc()


def pair_average_precision(
    similarity: Array,
    query_ids: Sequence,
    gallery_ids: Sequence | None = None,
    *,
    ignore: Array | None = None,
    groups: Groups = None,
) -> float:
    """Return the average precision of all pairs in one ranking."""
    return pair_statistics(similarity, query_ids, gallery_ids, ignore, groups).average_precision()


def pair_pearson(
    similarity: Array,
    query_ids: Sequence,
    gallery_ids: Sequence | None = None,
    *,
    ignore: Array | None = None,
    groups: Groups = None,
) -> float:
    """Return Pearson's correlation of the similarity with the label (1 same, 0 different); 0 if all are alike."""
    return pair_statistics(similarity, query_ids, gallery_ids, ignore, groups).pearson


def pair_tpr(
    similarity: Array,
    query_ids: Sequence,
    gallery_ids: Sequence | None = None,
    *,
    fpr: float = 1e-3,
    ignore: Array | None = None,
    groups: Groups = None,
) -> float:
    """Return the largest share of same-animal pairs that a threshold accepts with at most ``fpr`` of the others.

    Raises:
        ValueError: If ``fpr`` is not in [0, 1], or as :func:`pair_statistics` does.
    """
    if not 0 <= fpr <= 1:
        raise ValueError(f'fpr is a share of the pairs of two animals, 0 to 1, got {fpr}')
    return pair_statistics(similarity, query_ids, gallery_ids, ignore, groups).tpr(fpr)


def pair_statistics(
    similarity: Array,
    query_ids: Sequence,
    gallery_ids: Sequence | None = None,
    ignore: Array | None = None,
    groups: Groups = None,
) -> PairStatistics:
    """Count how the pairs of a similarity (M, N) are ordered; see :func:`~jaguar_mm.retrieval.ranks.rank_statistics`.

    Raises:
        ValueError: If shapes do not match, a similarity is NaN, or all pairs are of one kind.
    """
    tiles = matrix_tiles(similarity)
    sets = match_sets(tiles.shape, query_ids, gallery_ids, ignore, groups)
    return count_pairs(tiles, sets, [tile[sets.marks(rows) == SAME] for rows, tile in tiles.blocks()])


def count_pairs(tiles: Tiles, sets: Sets, same_parts: Sequence[np.ndarray]) -> PairStatistics:
    """Go through the tiles and count the pairs of two animals against those of the same one.

    Args:
        tiles: Similarity (M, N).
        sets: Queries and gallery.
        same_parts: The similarities of the same-animal pairs (P,), in parts.

    Raises:
        ValueError: If all pairs are of one kind.
    """
    same = np.sort(np.concatenate(same_parts))[::-1]  # a view, the highest first
    last = np.flatnonzero(np.append(same[1:] != same[:-1], True)) if len(same) else np.empty(0, np.int64)
    thresholds = np.ascontiguousarray(same[last])
    at_least, above = np.zeros(len(last), np.int64), np.zeros(len(last), np.int64)
    moments = Moments()
    for rows, tile in tiles.blocks():
        values = tile[sets.marks(rows) == OTHER]
        moments = moments.merged(Moments.of(values))
        values.sort()
        _count_reaching(values, thresholds, at_least, above)
    if not len(same) or not moments.count:
        raise ValueError('pair metrics need pairs of the same identity and pairs of different ones')
    return PairStatistics(last + 1, at_least, above, moments.count, Moments.of(same).correlation(moments))


@kernel()
def _count_reaching(values: np.ndarray, thresholds: np.ndarray, at_least: np.ndarray, above: np.ndarray) -> None:
    """Add to ``at_least`` and ``above`` (T,) how many values reach and exceed each threshold.

    Args:
        values: (P,), rising.
        thresholds: (T,), falling.
        at_least: Counts to add to (T,).
        above: Counts to add to (T,).
    """
    more = equal = len(values)  # values[more:] exceed the threshold, values[equal:] reach it
    for t in range(len(thresholds)):
        while more > 0 and values[more - 1] > thresholds[t]:
            more -= 1
        equal = min(equal, more)
        while equal > 0 and values[equal - 1] >= thresholds[t]:
            equal -= 1
        above[t] += len(values) - more
        at_least[t] += len(values) - equal
