"""Whole models."""

from jaguar_mm.models.classifiers.reid import ReIDClassifier

__all__ = ['ReIDClassifier']
