"""Which picture comes when in training, and where its randomness comes from: nothing here has a state to store."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sized
from contextlib import AbstractContextManager
from typing import NamedTuple

import numpy as np
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from jaguar_mm.randomness import generator, seeded
from jaguar_mm.registry import DATA_SAMPLERS


class Draw(NamedTuple):
    """One picture drawn in one epoch: all that its augmentation depends on.

    Attributes:
        index: Index of the picture in its data set.
        seed: Seed of the run.
        epoch: Number of the epoch.
    """

    index: int
    seed: int
    epoch: int

    def randomness(self) -> AbstractContextManager:
        """Return a context in which the global CPU generators depend on this draw alone."""
        return seeded('sample', self.seed, self.epoch, self.index)


@DATA_SAMPLERS.register_module()
class EpochSampler(Sampler):
    """Every picture once an epoch, in an order that depends on seed and epoch alone, dealt out to the processes.

    With the same batch size of all processes together, the n-th batch of an epoch holds the same pictures however many
    processes share it. A few pictures come twice if the processes cannot have equally many otherwise.

    Args:
        dataset: The data set.
        seed: The same on every process; by default one that they agree on.
        shuffle: Whether to shuffle; without, the data set's own order.
    """

    def __init__(self, dataset: Sized, seed: int | None = None, shuffle: bool = True) -> None:
        self.rank, self.world_size = get_dist_info()
        self.dataset = dataset
        self.seed = sync_random_seed() if seed is None else seed
        self.shuffle = shuffle
        self.epoch = 0
        self.skipped = 0

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch that the next iteration is about."""
        self.epoch = epoch

    def skip(self, count: int) -> None:
        """Leave out the first draws of this process in the next iteration, and in that one only.

        Args:
            count: How many.
        """
        self.skipped = count

    def __len__(self) -> int:
        """Draws of this process in a whole epoch."""
        return math.ceil(len(self.dataset) / self.world_size)

    def __iter__(self) -> Iterator[Draw]:
        """Yield this process's draws."""
        count = len(self.dataset)
        order = generator('order', self.seed, self.epoch).permutation(count) if self.shuffle else np.arange(count)
        dealt = np.resize(order, len(self) * self.world_size)[self.rank :: self.world_size]
        start, self.skipped = self.skipped, 0
        epoch = self.epoch
        return (Draw(index, self.seed, epoch) for index in dealt[start:].tolist())
