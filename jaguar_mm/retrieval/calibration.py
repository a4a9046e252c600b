"""Bringing the similarities of one model to a scale on which other models can be added."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

from jaguar_mm.retrieval.arrays import Array, like, refuse_rows, to_numpy
from jaguar_mm.retrieval.plain import Plain, check_number

if TYPE_CHECKING:
    from torch import Tensor

MOST = 1e300  # beyond it numbers are taken for infinite


@dataclass(frozen=True)
class Calibration(Plain):
    """A function of similarities that never falls, as a plain value: :class:`Isotonic`, :class:`Logistic`, ...

    See :mod:`~jaguar_mm.retrieval.calibration_fit` for how it is learnt.
    """

    @overload
    def __call__(self, similarity: np.ndarray) -> np.ndarray: ...
    @overload
    def __call__(self, similarity: Tensor) -> Tensor: ...
    def __call__(self, similarity: Array) -> Array:
        """Return the calibrated similarities, of the same shape, in float64.

        Raises:
            ValueError: If a similarity is NaN or infinite.
        """
        return like(self._apply(finite(similarity)), similarity)

    def to_unit_interval(self, values: np.ndarray) -> np.ndarray:
        """Map calibrated values to [0, 1] without changing their order; probabilities stay as they are."""
        return np.clip(values, 0, 1)

    @abstractmethod
    def _apply(self, values: np.ndarray) -> np.ndarray:
        """Return the calibrated values of float64 ones."""


@dataclass(frozen=True)
class Isotonic(Calibration):
    """Probability of the same animal, linear between points; constant beyond them. Flat places make ties.

    Args:
        similarities: Of the points (P,), rising.
        probabilities: Of the points (P,), never falling.
    """

    similarities: tuple[float, ...]
    probabilities: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.similarities) != len(self.probabilities) or not self.similarities:
            raise ValueError('an isotonic calibration needs as many similarities as probabilities, one at least')
        for name in ('similarities', 'probabilities'):
            values = finite(getattr(self, name))
            if (np.diff(values) < 0).any():
                raise ValueError(f'the {name} of an isotonic calibration must not fall')

    def _apply(self, values: np.ndarray) -> np.ndarray:
        return np.interp(values, self.similarities, self.probabilities)


@dataclass(frozen=True)
class Logistic(Calibration):
    """Probability of the same animal, ``1 / (1 + exp(-(slope * similarity + offset)))``.

    Args:
        slope: Not negative.
        offset: The log-odds at a similarity of 0.
    """

    slope: float
    offset: float

    def __post_init__(self) -> None:
        check_number('Logistic', 0, slope=self.slope)
        check_number('Logistic', -MOST, offset=self.offset)

    def _apply(self, values: np.ndarray) -> np.ndarray:
        return sigmoid(self.slope * values + self.offset)


@dataclass(frozen=True)
class Standardised(Calibration):
    """Similarities less their mean, over their standard deviation; 0 if all are equal.

    Args:
        mean: Of all pairs.
        deviation: Of all pairs.
    """

    mean: float
    deviation: float

    def __post_init__(self) -> None:
        check_number('Standardised', -MOST, mean=self.mean)
        check_number('Standardised', 0, deviation=self.deviation)

    def to_unit_interval(self, values: np.ndarray) -> np.ndarray:
        """Map to [0, 1] by the logistic function."""
        return sigmoid(np.asarray(values, np.float64))

    def _apply(self, values: np.ndarray) -> np.ndarray:
        return (values - self.mean) / self.deviation if self.deviation else np.zeros_like(values)


def sigmoid(values: np.ndarray) -> np.ndarray:
    """Return ``1 / (1 + exp(-values))`` without overflow."""
    return np.exp(-np.logaddexp(0, -values))


def rank_normalise(similarity: Array) -> Array:
    """Return the rank of each entry among all, from 0 (least alike) to 1; ties share their mean rank.

    Args:
        similarity: (M, N).

    Returns:
        float64 (M, N); 0.5 if all are equal.
    """
    values = finite(similarity)
    if values.size == 1:
        return like(np.full(values.shape, 0.5), similarity)
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts + 1) / 2
    return like(ranks[places].reshape(values.shape) / (values.size - 1), similarity)


def standardise(similarity: Array) -> Array:
    """Return similarities (M, N) less their mean, over their standard deviation, in float64; 0 if all are equal."""
    values = finite(similarity)
    deviation = values - values.mean()
    return like(deviation / values.std() if np.ptp(values) else np.zeros_like(values), similarity)


def finite(similarity: Array | Sequence) -> np.ndarray:
    """Return similarities as float64, without NaN and infinity."""
    values = to_numpy(similarity).astype(np.float64)
    if not np.isfinite(values).all():
        bad = ~np.isfinite(values.reshape(len(values), -1)).all(1) if values.ndim else [True]
        refuse_rows(np.flatnonzero(bad), 'similarity has NaN or Inf')
    return values
