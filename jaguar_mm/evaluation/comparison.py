"""Is one training better than another, or is it noise? A paired bootstrap over runs and identities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

DRAWS, LEVEL = 10_000, 0.95


@dataclass(frozen=True)
class Comparison:
    """How much better B is than A.

    Attributes:
        first: A's score, the mean over identities and runs.
        second: B's score.
        difference: B's score less A's.
        low: Lower end of the 95 % interval of the difference.
        high: Upper end.
        effect_size: Mean of the identities' differences over their standard deviation (Cohen's d of paired samples).
        runs: Pairs of runs (seeds or folds).
        identities: Identities that were compared.
    """

    first: float
    second: float
    difference: float
    low: float
    high: float
    effect_size: float
    runs: int
    identities: int

    @property
    def verdict(self) -> str:
        """The result in words."""
        if self.low <= 0 <= self.high:
            return 'within noise: the interval contains no difference at all'
        better = 'real: B is better' if self.difference > 0 else 'real: B is worse'
        return better if self.runs > 1 else f'{better}, as far as one run can tell; another seed may say otherwise'


def compare_runs(
    first: Sequence[Mapping[str, float]], second: Sequence[Mapping[str, float]], seed: int = 0
) -> Comparison:
    """Compare two trainings by the scores of their identities.

    Both runs of a pair share a seed or fold, so that their differences are taken identity by identity. The bootstrap
    (Efron and Tibshirani 1993, chapter 8) draws runs and identities anew, crossed: the noise of training and the noise
    of which animals happened to be photographed. With few runs it is a little too narrow, with one it knows only the
    latter.

    Args:
        first: A's score of every identity, for every run.
        second: B's, in the same order of runs.
        seed: Of the bootstrap.

    Raises:
        ValueError: If the numbers of runs differ, or a pair has not the same identities.
    """
    if len(first) != len(second) or not first:
        raise ValueError(f'A has {len(first)} run(s) and B {len(second)}; runs are compared in pairs')
    for number, (one, other) in enumerate(zip(first, second, strict=True), 1):
        if one.keys() != other.keys():
            odd = sorted(one.keys() ^ other.keys())
            raise ValueError(f'the runs of pair {number} were tested on different identities: {", ".join(odd[:5])}')
    identities = sorted({identity for run in first for identity in run})
    a, b = (np.array([[run.get(name, np.nan) for name in identities] for run in runs]) for runs in (first, second))
    by_identity = np.nanmean(b - a, axis=0)  # (I,)
    low, high = percentile_interval(_bootstrap(b - a, seed))
    spread = by_identity.std(ddof=1) if len(identities) > 1 else np.nan
    return Comparison(
        first=float(np.nanmean(np.nanmean(a, axis=0))),
        second=float(np.nanmean(np.nanmean(b, axis=0))),
        difference=float(by_identity.mean()),
        low=low,
        high=high,
        effect_size=float(by_identity.mean() / spread) if spread > 0 else float('nan'),
        runs=len(first),
        identities=len(identities),
    )


def bootstrap_interval(gains: np.ndarray, seed: int) -> tuple[float, float]:
    """Return the ends of the 95 % percentile interval of the mean of gains (I,), drawn anew by identity."""
    return percentile_interval(_bootstrap(gains[None], seed))


def percentile_interval(draws: np.ndarray) -> tuple[float, float]:
    """Return the ends of the 95 % percentile interval of what was drawn (DRAWS,)."""
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _bootstrap(gains: np.ndarray, seed: int) -> np.ndarray:
    """Return the mean of gains (R, I) in many drawings of runs and identities (DRAWS,); NaN where a run lacks one."""
    rng = np.random.default_rng(seed)
    runs, identities = gains.shape
    known = ~np.isnan(gains)
    filled = np.where(known, gains, 0)
    times_run = rng.multinomial(runs, np.full(runs, 1 / runs), DRAWS)  # (DRAWS, R)
    times_identity = rng.multinomial(identities, np.full(identities, 1 / identities), DRAWS)  # (DRAWS, I)
    counts = times_run @ known  # of runs that have the identity (DRAWS, I)
    means = np.divide(times_run @ filled, counts, out=np.zeros((DRAWS, identities)), where=counts > 0)
    weights = times_identity * (counts > 0)
    return (weights * means).sum(1) / np.maximum(weights.sum(1), 1)
