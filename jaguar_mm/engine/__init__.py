"""Running: launch, the runner and its loop, checkpoints, hooks."""

import jaguar_mm.registry  # noqa: F401  # first, since it imports the stack quietly
from jaguar_mm.engine import rendezvous  # makes attempt:// known
from jaguar_mm.engine.checkpoints.loading import install_safe_loading
from jaguar_mm.engine.cpu_amp import CPUAmpOptimWrapper
from jaguar_mm.engine.hooks import (
    AnswerableHook,
    BackgroundContractHook,
    ConsoleHook,
    FiniteHook,
    GainHook,
    LeakCheckHook,
    RetrievalReportHook,
    ScheduleHook,
    SkippedImagesHook,
    SubmissionHook,
    TrainingSetHook,
    VisualizationHook,
    WholeCheckpointHook,
)
from jaguar_mm.engine.loops import ResumableTrainLoop
from jaguar_mm.engine.loss_plateau import LossPlateauLR
from jaguar_mm.engine.runner import ReIDRunner
from jaguar_mm.engine.timm_optimizer import timm_optimizer

__all__ = [
    'AnswerableHook',
    'BackgroundContractHook',
    'CPUAmpOptimWrapper',
    'ConsoleHook',
    'FiniteHook',
    'GainHook',
    'LeakCheckHook',
    'LossPlateauLR',
    'ReIDRunner',
    'ResumableTrainLoop',
    'RetrievalReportHook',
    'ScheduleHook',
    'SkippedImagesHook',
    'SubmissionHook',
    'TrainingSetHook',
    'VisualizationHook',
    'WholeCheckpointHook',
    'install_safe_loading',
    'rendezvous',
    'timm_optimizer',
]
