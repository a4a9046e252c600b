"""Hooks of the runner."""

from jaguar_mm.engine.hooks.adaptive_clip import AdaptiveClipHook
from jaguar_mm.engine.hooks.answerable import AnswerableHook
from jaguar_mm.engine.hooks.averaged_statistics import AveragedStatisticsHook
from jaguar_mm.engine.hooks.background_contract import BackgroundContractHook
from jaguar_mm.engine.hooks.checkpoint import WholeCheckpointHook
from jaguar_mm.engine.hooks.class_counts import ClassCountsHook
from jaguar_mm.engine.hooks.class_means import ClassMeansHook
from jaguar_mm.engine.hooks.console import ConsoleHook
from jaguar_mm.engine.hooks.early_stopping import ResumableEarlyStoppingHook
from jaguar_mm.engine.hooks.finite import FiniteHook
from jaguar_mm.engine.hooks.gain import GainHook
from jaguar_mm.engine.hooks.label_report import LabelReportHook
from jaguar_mm.engine.hooks.leak_check import LeakCheckHook
from jaguar_mm.engine.hooks.retrieval_report import RetrievalReportHook
from jaguar_mm.engine.hooks.scalars import ScalarsHook
from jaguar_mm.engine.hooks.schedule import ScheduleHook
from jaguar_mm.engine.hooks.skipped_images import SkippedImagesHook
from jaguar_mm.engine.hooks.submission import SubmissionHook
from jaguar_mm.engine.hooks.training_set import TrainingSetHook
from jaguar_mm.engine.hooks.unfreeze import UnfreezeHook
from jaguar_mm.engine.hooks.visualization import VisualizationHook

__all__ = [
    'AdaptiveClipHook',
    'AnswerableHook',
    'AveragedStatisticsHook',
    'BackgroundContractHook',
    'ClassCountsHook',
    'ClassMeansHook',
    'ConsoleHook',
    'FiniteHook',
    'GainHook',
    'LabelReportHook',
    'LeakCheckHook',
    'ResumableEarlyStoppingHook',
    'RetrievalReportHook',
    'ScalarsHook',
    'ScheduleHook',
    'SkippedImagesHook',
    'SubmissionHook',
    'TrainingSetHook',
    'UnfreezeHook',
    'VisualizationHook',
    'WholeCheckpointHook',
]
