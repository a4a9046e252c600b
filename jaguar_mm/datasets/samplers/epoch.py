"""Which image comes when in training: a function of seed and epoch, so nothing about it needs to be stored."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from mmengine.dataset import BaseDataset
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from jaguar_mm.datasets.records import all_records
from jaguar_mm.datasets.samplers.draw import Draw
from jaguar_mm.randomness import generator
from jaguar_mm.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class EpochSampler(Sampler):
    """Every image once an epoch, in random order, dealt out to the processes.

    With the same batch size of all processes together, the n-th batch of an epoch holds the same images however many
    processes share it. A few images come twice if the processes cannot have equally many otherwise.

    A subclass orders the epoch's images in another way in :meth:`_arrange`.

    Args:
        dataset: The data set.
        seed: The same on every process; by default one that they agree on.
        burst_limit: Most images of one ``group`` (frames of one burst) in an epoch, other ones in another epoch.
            None: no limit.
    """

    block = 1  # images that are dealt to a process together

    def __init__(self, dataset: BaseDataset, seed: int | None = None, burst_limit: int | None = None) -> None:
        self.rank, self.world_size = get_dist_info()
        self.dataset = dataset
        self.seed = sync_random_seed() if seed is None else seed
        self.groups = None if burst_limit is None else column_codes(dataset, 'group')
        self.burst_limit = burst_limit
        self.epoch = 0
        self.skipped = 0
        self.total = len(self._order())  # the same in every epoch

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
        return math.ceil(self.total / self.block / self.world_size) * self.block

    def __iter__(self) -> Iterator[Draw]:
        """Yield this process's draws."""
        order = np.resize(self._order(), len(self) * self.world_size)
        dealt = order.reshape(-1, self.world_size, self.block)[:, self.rank].ravel()
        start, self.skipped = self.skipped, 0
        epoch = self.epoch
        return (Draw(index, self.seed, epoch) for index in dealt[start:].tolist())

    def _order(self) -> np.ndarray:
        """Return the indices of all processes' draws in this epoch."""
        random = generator('order', self.seed, self.epoch)
        shuffled = random.permutation(len(self.dataset))
        if self.groups is not None:
            shuffled = shuffled[_rank_within(self.groups[shuffled]) < self.burst_limit]
        return self._arrange(shuffled, random)

    def _arrange(self, shuffled: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Return the epoch's draws.

        Args:
            shuffled: Indices of the images that may be drawn, in random order (M,).
            random: Source of further choices.
        """
        return shuffled


def column_codes(dataset: BaseDataset, name: str) -> np.ndarray:
    """Return one value of every image as whole numbers (N,).

    Raises:
        ValueError: If an image has none.
    """
    records = all_records(dataset)
    lacking = next((record for record in records if record.get(name) is None), None)
    if lacking is not None:
        raise ValueError(
            f'train_dataloader.sampler needs {name!r} of every image, {lacking.get("image_name")} has none; '
            f'give the data set a table with it'
        )
    return np.unique([str(record[name]) for record in records], return_inverse=True)[1]


def _rank_within(groups: np.ndarray) -> np.ndarray:
    """Return how many entries of the same group come before each entry (M,)."""
    order = np.argsort(groups, kind='stable')
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(groups)) - np.repeat(starts, np.diff(starts, append=len(groups)))
    return rank
