"""Running: launch, the runner and its loop, checkpoints, hooks."""

import jaguar_mm.registry  # noqa: F401  # first, since it imports the stack quietly
from jaguar_mm.engine import rendezvous  # makes attempt:// known
from jaguar_mm.engine.checkpoints import loading  # makes every checkpoint be read as weights alone
from jaguar_mm.engine.hooks import (
    AnswerableHook,
    BackgroundContractHook,
    FiniteHook,
    GainHook,
    LeakCheckHook,
    RetrievalReportHook,
    ScheduleHook,
    SkippedPicturesHook,
    SubmissionHook,
    TrainingSetHook,
    VisualizationHook,
    WholeCheckpointHook,
)
from jaguar_mm.engine.loops import ResumableTrainLoop
from jaguar_mm.engine.runner import ReIDRunner

__all__ = [
    'AnswerableHook',
    'BackgroundContractHook',
    'FiniteHook',
    'GainHook',
    'LeakCheckHook',
    'ReIDRunner',
    'ResumableTrainLoop',
    'RetrievalReportHook',
    'ScheduleHook',
    'SkippedPicturesHook',
    'SubmissionHook',
    'TrainingSetHook',
    'VisualizationHook',
    'WholeCheckpointHook',
    'loading',
    'rendezvous',
]
