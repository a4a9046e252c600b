"""Learn on labelled images how to fuse stages of retrieval, without fooling oneself.

Each stage gets a calibration: how probable one animal is at its similarity. The fusion is the mean of these. Or it is
stacked: a logistic regression learns how much each stage's standardised similarity counts. What it finds is judged on
animals that had no part in it: the identities are cut into folds, and a fold's queries are ranked by what the pairs of
all other animals say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import KFold

from jaguar_mm.evaluation.comparison import bootstrap_interval
from jaguar_mm.evaluation.sides import Sides
from jaguar_mm.retrieval import (
    Apart,
    CalibratedRanking,
    FusedRanking,
    Ranking,
    fit_isotonic,
    fit_logistic,
    fit_stacking,
    score_ranking,
)
from jaguar_mm.retrieval.calibration import Calibration
from jaguar_mm.retrieval.columns import is_unknown
from jaguar_mm.retrieval.metrics import by_identity

CALIBRATIONS: dict[str, Callable[..., Calibration]] = {'logistic': fit_logistic, 'isotonic': fit_isotonic}
STACKING = 'stacking'
FITS = (*CALIBRATIONS, STACKING)
FOLDS = 5
FUSED = '+fusion'


@dataclass(frozen=True)
class Fused:
    """What was learnt, and what it finds.

    Attributes:
        calibrations: Of each stage, by its name, learnt from all animals.
        weights: Of each stage, by its name; None if all count alike.
        nearest: Of each stage and of the fusion, by name, for which share of the queries the nearest image is right.
        mean_ap: Of the same, the mean AP of each identity (I,).
        gain: Identity-balanced mAP of the fusion less that of the best stage.
        low: Lower end of its 95 % bootstrap interval over identities.
        high: Upper end.
    """

    calibrations: dict[str, Calibration]
    weights: dict[str, float] | None
    nearest: dict[str, float]
    mean_ap: dict[str, np.ndarray]
    gain: float
    low: float
    high: float


def fuse(
    rankings: dict[str, Ranking], sides: Sides, *, fit: str = 'logistic', apart: Apart | None = None, seed: int = 0
) -> Fused:
    """Learn how to fuse rankings, and judge the fusion on animals that had no part in it.

    Args:
        rankings: Stage name to ranking, two at least.
        sides: The labelled queries and what is searched.
        fit: One of :data:`FITS`.
        apart: Pairs that are left out, from learning and judging.
        seed: Of the folds and the bootstrap.

    Raises:
        ValueError: If there are fewer than two rankings or identities, or nothing can be learnt from the pairs.
    """
    if len(rankings) < 2:
        raise ValueError(f'a fusion needs two stages at least, got {", ".join(rankings) or "none"}')
    ids = sides.identities
    found = {name: score_ranking(ranking, *ids, apart=apart).ranks for name, ranking in rankings.items()}
    evidence = [ranking.evidence for ranking in rankings.values()]
    fused = _held_out(evidence, ids, fit, apart, seed)
    first = {name: ranks.first_rank for name, ranks in found.items()} | {FUSED: fused[0]}
    precision = {name: ranks.average_precision for name, ranks in found.items()} | {FUSED: fused[1]}
    nearest = {name: float((ranks[ranks > 0] == 1).mean()) for name, ranks in first.items()}
    mean_ap = {
        name: np.array([score.mean_ap for score in by_identity(values, ids[0]).values()])
        for name, values in precision.items()
    }
    best = max(rankings, key=lambda name: mean_ap[name].mean())
    gains = mean_ap[FUSED] - mean_ap[best]
    calibrations, weights = _learnt(evidence, ids, fit, apart)
    return Fused(
        dict(zip(rankings, calibrations, strict=True)),
        weights and dict(zip(rankings, weights, strict=True)),
        nearest,
        mean_ap,
        float(gains.mean()),
        *bootstrap_interval(gains, seed),
    )


def _learnt(
    rankings: Sequence[Ranking], ids: tuple[np.ndarray, np.ndarray | None], fit: str, apart: Apart | None
) -> tuple[tuple[Calibration, ...], tuple[float, ...] | None]:
    """Return calibration and weight of each ranking; no weights if all count alike."""
    if fit == STACKING:
        return fit_stacking(rankings, *ids, apart=apart)
    return tuple(CALIBRATIONS[fit](ranking, *ids, apart=apart) for ranking in rankings), None


def _held_out(
    rankings: Sequence[Ranking],
    ids: tuple[np.ndarray, np.ndarray | None],
    fit: str,
    apart: Apart | None,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return first rank and average precision of each query (M,) by what is learnt without its animal."""
    names = np.array(sorted({each for each in ids[0] if not is_unknown(each)}), object)
    if len(names) < 2:
        raise ValueError(f'a fusion is learnt from two animals at least, the queries show {len(names)}')
    first, precision = np.zeros(len(ids[0]), np.int64), np.full(len(ids[0]), np.nan)
    for _, fold in KFold(min(FOLDS, len(names)), shuffle=True, random_state=seed).split(names):
        held_out = set(names[fold])
        others = _without(ids[0], held_out), None if ids[1] is None else _without(ids[1], held_out)
        calibrations, weights = _learnt(rankings, others, fit, apart)
        parts = [CalibratedRanking(*pair) for pair in zip(rankings, calibrations, strict=True)]
        ranks = score_ranking(FusedRanking(parts, weights), *ids, apart=apart).ranks
        judged = np.array([each in held_out for each in ids[0]])
        first[judged], precision[judged] = ranks.first_rank[judged], ranks.average_precision[judged]
    return first, precision


def _without(ids: np.ndarray, held_out: set) -> np.ndarray:
    """Return identities (N,) with None for those that are held out."""
    return np.array([None if each in held_out else each for each in ids], object)
