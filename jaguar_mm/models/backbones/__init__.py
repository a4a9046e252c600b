"""Backbones: pictures to feature maps."""

from jaguar_mm.models.backbones.timm_features import TimmFeatures

__all__ = ['TimmFeatures']
