"""Mean and spread of values that come in parts, and the correlation of two kinds of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Moments:
    """Count, mean and sum of squared deviations of some values, in double precision."""

    count: int = 0
    mean: float = 0.0
    scatter: float = 0.0

    @staticmethod
    def of(values: np.ndarray) -> Moments:
        """Sum up values (P,)."""
        if not len(values):
            return Moments()
        mean = float(values.mean(dtype=np.float64))
        return Moments(len(values), mean, float(values.var(dtype=np.float64, mean=np.float64(mean))) * len(values))

    def merged(self, other: Moments) -> Moments:
        """Return the moments of both together (Chan, Golub and LeVeque, The American Statistician 1983)."""
        count = self.count + other.count
        if not count:
            return self
        step = other.mean - self.mean
        scatter = self.scatter + other.scatter + step * step * self.count * other.count / count
        return Moments(count, self.mean + step * other.count / count, scatter)

    def correlation(self, other: Moments) -> float:
        """Return Pearson's correlation of the values with the label 1 here and 0 in ``other``; 0 if all are equal."""
        both = self.merged(other)
        if both.scatter == 0:
            return 0.0
        between = self.count * other.count / both.count
        return (self.mean - other.mean) * math.sqrt(between / both.scatter)
