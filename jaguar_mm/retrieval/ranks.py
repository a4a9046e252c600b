"""Where each query's positives stand in its ranking, found by counting instead of sorting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from jaguar_mm.kernels import kernel
from jaguar_mm.retrieval.apart import Groups
from jaguar_mm.retrieval.arrays import Array
from jaguar_mm.retrieval.sets import LEFT_OUT, SAME, match_sets
from jaguar_mm.retrieval.tiles import matrix_tiles

CELLS_PER_POSITIVE = 32  # the more, the fewer images share a cell with a positive; 8 to 64 were tried
CROWDED = 8  # moves per positive from which on a merge sort beats insertion
LARGEST = 1e300  # stands for infinity where a cell is computed


class RankStatistics(NamedTuple):
    """What the retrieval metrics need to know of each query; NaN (or 0) where a query has no positive.

    Attributes:
        average_precision: (M,).
        inverse_penalty: Number of positives by the rank of the last one (M,).
        first_rank: Rank of the first positive, from 1 on; 0 if there is none (M,).
        truncated: Whether only the head of each ranking was known, so that the scores are lower bounds.
    """

    average_precision: np.ndarray
    inverse_penalty: np.ndarray
    first_rank: np.ndarray
    truncated: bool = False

    @property
    def answerable(self) -> np.ndarray:
        """Which queries have a positive, boolean (M,)."""
        return self.first_rank > 0

    def cmc(self, ranks: Sequence[int]) -> dict[int, float]:
        """Return, for each rank, the share of answerable queries with a positive at that rank or before it."""
        first = self.first_rank[self.answerable]
        return {rank: float((first <= rank).mean()) for rank in ranks}


def rank_statistics(
    similarity: Array,
    query_ids: Sequence,
    gallery_ids: Sequence | None = None,
    ignore: Array | None = None,
    groups: Groups = None,
) -> RankStatistics:
    """Rank the gallery of every query and say where its positives are.

    Args:
        similarity: (M, N), larger is more alike; ties go by gallery index, the lower one first.
        query_ids: Identity of each query (M,).
        gallery_ids: Identity of each gallery image (N,); None: the queries are the gallery.
        ignore: Pairs left out of the ranking, boolean (M, N).
        groups: Burst or encounter; pairs of one group are left out, see :func:`~jaguar_mm.retrieval.sets.match_sets`.

    Raises:
        ValueError: If shapes do not match, a similarity is NaN (its row is named), or no query has a positive.
    """
    tiles = matrix_tiles(similarity)
    sets = match_sets(tiles.shape, query_ids, gallery_ids, ignore, groups)
    return join_ranks(rank_tile(tile, sets.marks(rows)) for rows, tile in tiles.blocks())


def join_ranks(parts: Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> RankStatistics:
    """Join what :func:`rank_tile` returned for successive blocks of queries.

    Raises:
        ValueError: If no query has a positive.
    """
    precision, penalty, first = map(np.concatenate, zip(*parts, strict=True))
    return checked(RankStatistics(precision, penalty, first))


def checked(statistics: RankStatistics) -> RankStatistics:
    """Return the statistics, or raise ValueError if no query has a positive."""
    if not statistics.answerable.any():
        raise ValueError(
            'no query has a positive in its gallery: every identity occurs once or is unknown, or all pairs are ignored'
        )
    return statistics


@kernel()
def rank_tile(similarity: np.ndarray, marks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return average precision, inverse penalty and first rank of some queries; see :class:`RankStatistics`.

    Args:
        similarity: (B, N).
        marks: OTHER, SAME or LEFT_OUT, uint8 (B, N).
    """
    num_queries, num_gallery = similarity.shape
    average_precision = np.full(num_queries, np.nan)
    inverse_penalty = np.full(num_queries, np.nan)
    first_rank = np.zeros(num_queries, np.int64)
    positives = np.empty(num_gallery, np.int64)
    cell_of, doubtful = np.empty(num_gallery, np.int32), np.empty(num_gallery + 1, np.int32)  # for _count_ahead
    for q in range(num_queries):
        count = 0
        for g in range(num_gallery):
            if marks[q, g] == SAME:
                positives[count] = g
                count += 1
        if count == 0:
            continue
        ahead = _count_ahead(similarity[q], positives[:count], marks[q], cell_of, doubtful)
        rank, total = 1, 0.0
        for i in range(count):
            rank += ahead[i]
            total += (i + 1) / rank
            if i == 0:
                first_rank[q] = rank
        average_precision[q] = total / count
        inverse_penalty[q] = count / rank
    return average_precision, inverse_penalty, first_rank


@kernel()
def _count_ahead(
    row: np.ndarray, positives: np.ndarray, marks: np.ndarray, cell_of: np.ndarray, doubtful: np.ndarray
) -> np.ndarray:
    """Count for each positive, best first, the images that come before it but not before the one before it.

    The range of the positives' similarities is cut into equal cells. Rounding keeps order, so an image whose cell has
    no positive needs no comparison; only those that share a cell with positives are searched among them.

    Args:
        row: Similarities (N,).
        positives: Gallery indices (P,), ascending.
        marks: What is LEFT_OUT (N,).
        cell_of: Scratch (N,).
        doubtful: Scratch (N + 1,).

    Returns:
        (P + 1,); the last entry counts those behind all positives and those left out.
    """
    starts = _fill_cells(row, positives, marks, cell_of)
    positives = _best_first(row, positives, cell_of, starts)
    ahead, count = np.zeros(len(positives) + 1, np.int64), 0
    for g in range(len(row)):  # no branch, whatever the data
        low = starts[cell_of[g]]
        ahead[low] += 1
        doubtful[count] = g
        count += starts[cell_of[g] + 1] != low
    for g in doubtful[:count]:
        low, high = starts[cell_of[g]], starts[cell_of[g] + 1]
        ahead[low] -= 1
        while low < high:  # the first positive that image g comes before
            middle = (low + high) // 2
            other = positives[middle]
            if row[g] > row[other] or (row[g] == row[other] and g < other):
                high = middle
            else:
                low = middle + 1
        ahead[low] += 1
    return ahead


@kernel()
def _fill_cells(row: np.ndarray, positives: np.ndarray, marks: np.ndarray, cell_of: np.ndarray) -> np.ndarray:
    """Give every image a cell that falls with its similarity, and count the positives before each cell.

    Cell 0 is above the best positive, which is in cell 1; the last two are below the worst and for what is left out.

    Returns:
        How many positives are in the cells before each one, and their number.
    """
    best, worst = row[positives].max(), row[positives].min()
    best = min(max(float(best), -LARGEST), LARGEST)
    worst = min(max(float(worst), -LARGEST), LARGEST)
    cells = CELLS_PER_POSITIVE * len(positives)
    scale = min((cells - 1) / (best - worst), LARGEST) if best > worst else 1.0
    for g in range(len(row)):
        cell = np.int32(min(max((best - row[g]) * scale + 1.0, 0.0), cells + 1.0))
        cell_of[g] = cell if marks[g] != LEFT_OUT else cells + 2
    starts = np.zeros(cells + 4, np.int32)
    for positive in positives:
        starts[cell_of[positive] + 1] += 1
    for c in range(1, len(starts)):
        starts[c] += starts[c - 1]
    return starts


@kernel()
def _best_first(row: np.ndarray, positives: np.ndarray, cell_of: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Sort positives (P,) by falling similarity, ties by index: by cell, then within the cells."""
    ordered, ends = np.empty(len(positives), np.int64), starts.copy()
    for positive in positives:
        cell = cell_of[positive]
        ordered[ends[cell]] = positive
        ends[cell] += 1
    moves = 0
    for i in range(1, len(ordered)):
        positive, place = ordered[i], i
        while place > 0 and row[ordered[place - 1]] < row[positive]:
            ordered[place] = ordered[place - 1]
            place -= 1
        ordered[place] = positive
        moves += i - place
        if moves > CROWDED * len(ordered):  # most are in one cell
            return positives[np.argsort(-row[positives], kind='mergesort')]
    return ordered
