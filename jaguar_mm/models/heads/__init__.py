"""Heads: embeddings to losses and class scores."""

from jaguar_mm.models.heads.reid import ReIDHead

__all__ = ['ReIDHead']
