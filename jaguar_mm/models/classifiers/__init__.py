"""Whole models."""

from jaguar_mm.models.classifiers.reid import ReIDClassifier
from jaguar_mm.models.classifiers.taught import TaughtClassifier

__all__ = ['ReIDClassifier', 'TaughtClassifier']
