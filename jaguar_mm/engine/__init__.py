"""Running: launch, the runner and its loop, checkpoints, hooks."""

from jaguar_mm.engine import rendezvous  # makes attempt:// known
from jaguar_mm.engine.checkpoints import loading  # makes every checkpoint be read as weights alone
from jaguar_mm.engine.hooks import (
    BackgroundContractHook,
    FiniteHook,
    LeakCheckHook,
    RetrievalReportHook,
    ScheduleHook,
    SkippedPicturesHook,
    SubmissionHook,
    TrainingSetHook,
    WholeCheckpointHook,
)
from jaguar_mm.engine.loops import ResumableTrainLoop
from jaguar_mm.engine.runner import ReIDRunner

__all__ = [
    'BackgroundContractHook',
    'FiniteHook',
    'LeakCheckHook',
    'ReIDRunner',
    'ResumableTrainLoop',
    'RetrievalReportHook',
    'ScheduleHook',
    'SkippedPicturesHook',
    'SubmissionHook',
    'TrainingSetHook',
    'WholeCheckpointHook',
    'loading',
    'rendezvous',
]
