"""Heads: embeddings to losses and class scores."""

from jaguar_mm.models.heads.arcface import ArcFaceHead
from jaguar_mm.models.heads.margins import add_angular_margin, margin_cross_entropy

__all__ = ['ArcFaceHead', 'add_angular_margin', 'margin_cross_entropy']
