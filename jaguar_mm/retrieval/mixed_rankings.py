"""Rankings made of others: on another scale, or several of them added."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import reduce

import numpy as np

from jaguar_mm.retrieval.calibration import Calibration, Standardised, sigmoid
from jaguar_mm.retrieval.fusion import shares
from jaguar_mm.retrieval.rankings import Ranking


class CalibratedRanking(Ranking):
    """A ranking on the scale of a calibration, in float64. Flat places of the calibration make ties.

    Args:
        ranking: What is calibrated.
        calibration: How.
    """

    def __init__(self, ranking: Ranking, calibration: Calibration) -> None:
        self._ranking, self.calibration = ranking, calibration
        self.shape, self.one_set = ranking.shape, ranking.one_set

    def rows(self, rows: slice) -> np.ndarray:
        """Return the calibrated similarities of some queries (B, N)."""
        return self.calibration(self._ranking.rows(rows))

    def to_unit_interval(self, values: np.ndarray) -> np.ndarray:
        """Map calibrated similarities of any shape to [0, 1]."""
        return self.calibration.to_unit_interval(values)


class FusedRanking(Ranking):
    """The weighted mean of calibrated rankings of the same images, one an encoder, in float64.

    Args:
        rankings: All of probabilities or all standardised (see :class:`~jaguar_mm.retrieval.calibration.Standardised`).
        weights: Of each, not negative; all the same by default.

    Raises:
        ValueError: If there is none, they differ in shape or scale, or the weights do not fit.
    """

    def __init__(self, rankings: Sequence[CalibratedRanking], weights: Sequence[float] | None = None) -> None:
        if not rankings:
            raise ValueError('there are no rankings to fuse')
        for i, ranking in enumerate(rankings):
            if (ranking.shape, ranking.one_set) != (rankings[0].shape, rankings[0].one_set):
                raise ValueError(f'ranking {i} {ranking.shape} is not of the sets of ranking 0 {rankings[0].shape}')
        open_scale = {isinstance(ranking.calibration, Standardised) for ranking in rankings}
        if len(open_scale) > 1:
            raise ValueError('fuse probabilities or standardised similarities, not some of each')
        self._standardised = open_scale.pop()
        self._rankings, self._shares = list(rankings), shares(weights, len(rankings))
        self.shape, self.one_set = rankings[0].shape, rankings[0].one_set

    def rows(self, rows: slice) -> np.ndarray:
        """Return the weighted means of some queries (B, N)."""
        parts = (share * ranking.rows(rows) for share, ranking in zip(self._shares, self._rankings, strict=True))
        return reduce(operator.add, parts)

    def to_unit_interval(self, values: np.ndarray) -> np.ndarray:
        """Map fused similarities of any shape to [0, 1]: probabilities as they are."""
        return sigmoid(np.asarray(values, np.float64)) if self._standardised else super().to_unit_interval(values)
