"""The named steps that bring rankings to a scale of probability, and fuse them there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jaguar_mm.retrieval.calibration import Calibration
from jaguar_mm.retrieval.mixed_rankings import CalibratedRanking, FusedRanking
from jaguar_mm.retrieval.stage import Stage, State


@dataclass(frozen=True)
class Calibrate(Stage):
    """Bring the ranking of the stage before, or the cosines if there is none, to another scale.

    Args:
        calibration: How, or its :meth:`~jaguar_mm.retrieval.Calibration.to_dict`; see
            :mod:`~jaguar_mm.retrieval.calibration_fit`.
        name: See :class:`~jaguar_mm.retrieval.Stage`.
    """

    calibration: Calibration
    name: str = '+calibration'

    def __post_init__(self) -> None:
        object.__setattr__(self, 'calibration', _from_config(self.calibration))

    def apply(self, state: State) -> State:
        """Return the state with a calibrated ranking."""
        return replace(state, ranking=CalibratedRanking(state.ranked(), self.calibration))


@dataclass(frozen=True)
class CalibratedFusion(Stage):
    """The mean of what several earlier stages hold probable, each on its own calibration.

    WildFusion (Cermak et al. 2024, section 3) fuses global and local scores so.

    Args:
        stages: Names of the earlier stages.
        calibrations: Of each, or its :meth:`~jaguar_mm.retrieval.Calibration.to_dict`; see
            :mod:`~jaguar_mm.retrieval.calibration_fit`.
        weights: Of each, not negative; all the same by default.
        name: See :class:`~jaguar_mm.retrieval.Stage`.
    """

    stages: tuple[str, ...]
    calibrations: tuple[Calibration, ...]
    weights: tuple[float, ...] | None = None
    name: str = '+fusion'

    def __post_init__(self) -> None:
        object.__setattr__(self, 'stages', tuple(self.stages))
        object.__setattr__(self, 'calibrations', tuple(map(_from_config, self.calibrations)))

    def apply(self, state: State) -> State:
        """Return the state with the fused ranking.

        Raises:
            ValueError: If there is no such stage before this one, or numbers do not fit.
        """
        if len(self.calibrations) != len(self.stages):
            raise ValueError(
                f'stage {self.name!r} has {len(self.calibrations)} calibrations for {len(self.stages)} stages'
            )
        rankings = [
            CalibratedRanking(state.ranking_of(name, self.name).evidence, calibration)
            for name, calibration in zip(self.stages, self.calibrations, strict=True)
        ]
        return replace(state, ranking=FusedRanking(rankings, self.weights))


def _from_config(calibration: Calibration | dict) -> Calibration:
    """Return a calibration that a config may have as a dict."""
    return calibration if isinstance(calibration, Calibration) else Calibration.from_dict(dict(calibration))
