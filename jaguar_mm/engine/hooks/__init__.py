"""Hooks of the runner."""

from jaguar_mm.engine.hooks.retrieval_report import RetrievalReportHook
from jaguar_mm.engine.hooks.submission import SubmissionHook
from jaguar_mm.engine.hooks.training_set import TrainingSetHook

__all__ = ['RetrievalReportHook', 'SubmissionHook', 'TrainingSetHook']
