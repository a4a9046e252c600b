"""Learning how much each of several rankings counts, for :class:`~jaguar_mm.retrieval.CalibratedFusion`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jaguar_mm.retrieval.apart import Groups
from jaguar_mm.retrieval.calibration import Standardised
from jaguar_mm.retrieval.log_odds import NOTHING, fit_odds
from jaguar_mm.retrieval.rankings import Ranking
from jaguar_mm.retrieval.sets import match_sets


def fit_stacking(
    rankings: Sequence[Ranking],
    query_ids: Sequence,
    gallery_ids: Sequence | None = None,
    *,
    apart: Groups = None,
) -> tuple[tuple[Standardised, ...], tuple[float, ...]]:
    """Weigh standardised similarities by a logistic regression on pairs (stacking: Wolpert, Neural Networks 1992).

    No weight is negative (Breiman, Machine Learning 1996, section 3): while one would be, the ranking with the least
    is left out and the others are fitted again.

    Args:
        rankings: Of the same labelled images, not those to be searched (K).
        query_ids: Identity of each query (M,).
        gallery_ids: Identity of each gallery image (N,); None with one set.
        apart: Pairs that are left out.

    Returns:
        Calibrations (K) and weights (K), 0 for a ranking that was left out. The fusion orders pairs as the regression
        does.

    Raises:
        ValueError: See :func:`~jaguar_mm.retrieval.fit_isotonic`; or if no ranking finds pairs of the same animal more
            alike than others.
    """
    sets = match_sets(rankings[0].shape, query_ids, gallery_ids, None, apart)
    scales = odds = fit_odds(rankings, sets)
    taken = list(range(len(rankings)))
    while (odds.slopes <= 0).any():
        del taken[int(odds.slopes.argmin())]
        if not taken:
            raise ValueError(NOTHING)
        odds = fit_odds([rankings[place] for place in taken], sets)
    weights = np.zeros(len(rankings))
    weights[taken] = odds.slopes
    pairs = zip(scales.means.tolist(), scales.deviations.tolist(), strict=True)
    return tuple(Standardised(mean, deviation) for mean, deviation in pairs), tuple(weights.tolist())
