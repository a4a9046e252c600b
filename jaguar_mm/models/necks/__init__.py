"""Necks: feature maps to embeddings."""

from jaguar_mm.models.necks.bnneck import BNNeck
from jaguar_mm.models.necks.gem import GeM, gem

__all__ = ['BNNeck', 'GeM', 'gem']
