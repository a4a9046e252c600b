"""A few candidates of each query, ranked by a score that is too dear for all pairs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jaguar_mm.retrieval.apart import Groups
from jaguar_mm.retrieval.lists import list_statistics
from jaguar_mm.retrieval.rankings import Ranking

TIE = 1e-6  # share of the ranking before, which orders candidates of the same score


class ShortlistRanking(Ranking):
    """Candidates by their scores, from 0 up; behind them all others, from -1 to 0, in the order that they had.

    Args:
        ranking: The order before.
        indices: The candidates of each query (M, K), each once; -1 fills up a short list.
        scores: Their scores (M, K), none negative.
        own: What was found out about each candidate by itself (M, K), if ``scores`` are more than that.

    Raises:
        ValueError: If shapes do not fit, or a score is negative or NaN.
    """

    def __init__(
        self, ranking: Ranking, indices: np.ndarray, scores: np.ndarray, own: np.ndarray | None = None
    ) -> None:
        if indices.shape != scores.shape or len(indices) != ranking.shape[0]:
            raise ValueError(f'candidates {indices.shape} and scores {scores.shape} do not fit {ranking.shape}')
        if not (scores >= 0).all():
            raise ValueError('the score of a candidate is negative or NaN')
        self._ranking, self.indices, self.scores = ranking, indices, scores
        self.own = scores if own is None else own
        self.shape, self.one_set = ranking.shape, ranking.one_set

    def rows(self, rows: slice) -> np.ndarray:
        """Return the similarities of some queries (B, N), float64."""
        before = self._ranking.to_unit_interval(self._ranking.rows(rows))
        values = before - 1
        query, column, candidate = self._candidates(rows)
        values[query, candidate] = self.scores[rows][query, column] + TIE * before[query, candidate]
        return values

    def evidence_rows(self, rows: slice) -> np.ndarray:
        """Return what was found out about each candidate by itself, 0 for all others (B, N), float64."""
        values = np.zeros((len(self.indices[rows]), self.shape[1]))
        query, column, candidate = self._candidates(rows)
        values[query, candidate] = self.own[rows][query, column]
        return values

    def _candidates(self, rows: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return query, place in its list and gallery image of the candidates of some queries."""
        query, column = np.nonzero(self.indices[rows] >= 0)
        return query, column, self.indices[rows][query, column]

    @property
    def evidence(self) -> Ranking:
        """What was found out about each candidate by itself; 0 for all others, of which nothing is known."""
        return CandidateScores(self)

    def to_unit_interval(self, values: np.ndarray) -> np.ndarray:
        """Map similarities of any shape to [0, 1]."""
        return super().to_unit_interval((1 + np.asarray(values, np.float64)) / 2)


class CandidateScores(Ranking):
    """What was found out about a few candidates, 0 for all others.

    Args:
        ranking: Of the candidates.
    """

    def __init__(self, ranking: ShortlistRanking) -> None:
        self._ranking = ranking
        self.shape, self.one_set = ranking.shape, ranking.one_set

    def rows(self, rows: slice) -> np.ndarray:
        """Return it for some queries (B, N), float64."""
        return self._ranking.evidence_rows(rows)


def united(lists: Sequence[np.ndarray]) -> np.ndarray:
    """Return the candidates of several lists, each once.

    Args:
        lists: Candidates of each query (M, K), each of any K; -1 fills up a short list.

    Returns:
        (M, sum of all K), rising, with a -1 for each that is there already.
    """
    indices = np.sort(np.concatenate(lists, 1), 1)
    again = np.zeros(indices.shape, bool)
    again[:, 1:] = indices[:, 1:] == indices[:, :-1]
    return np.where(again, -1, indices)


def shortlist_recall(
    indices: np.ndarray, query_ids: Sequence, gallery_ids: Sequence | None = None, *, apart: Groups = None
) -> float:
    """Return for which share of the queries a candidate shows the same animal: no order of them can find more.

    Queries without a match in the gallery do not count.

    Args:
        indices: The candidates of each query (M, K); -1 fills up a short list.
        query_ids: Identity of each query (M,).
        gallery_ids: Identity of each gallery image (N,); None with one set.
        apart: Pairs that are left out.

    Raises:
        ValueError: If shapes do not match, or no query has a match.
    """
    ranks = list_statistics(indices, query_ids, gallery_ids, apart).first_rank
    return float((ranks[ranks > 0] <= indices.shape[1]).mean())
