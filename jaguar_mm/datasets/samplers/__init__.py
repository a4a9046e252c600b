"""Samplers of training images, all of them functions of seed and epoch."""

from jaguar_mm.datasets.samplers.balanced import ClassBalancedSampler, IdentityBalancedSampler
from jaguar_mm.datasets.samplers.chunks import IdentityChunkSampler
from jaguar_mm.datasets.samplers.draw import Draw
from jaguar_mm.datasets.samplers.epoch import EpochSampler

__all__ = ['ClassBalancedSampler', 'Draw', 'EpochSampler', 'IdentityBalancedSampler', 'IdentityChunkSampler']
