"""Running: launch, hooks."""

from jaguar_mm.engine.hooks import RetrievalReportHook, SubmissionHook, TrainingSetHook

__all__ = ['RetrievalReportHook', 'SubmissionHook', 'TrainingSetHook']
