"""What a training sampler yields: an image and where its randomness comes from."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import NamedTuple

from jaguar_mm.randomness import seeded


class Draw(NamedTuple):
    """One image drawn in one epoch: all that its augmentation depends on.

    Attributes:
        index: Index of the image in its data set.
        seed: Seed of the run.
        epoch: Number of the epoch.
    """

    index: int
    seed: int
    epoch: int

    def randomness(self) -> AbstractContextManager:
        """Return a context in which the global CPU generators depend on this draw alone."""
        return seeded('sample', self.seed, self.epoch, self.index)
