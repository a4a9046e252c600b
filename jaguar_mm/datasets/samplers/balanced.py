"""Samplers that draw every class equally often, whatever its number of images."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from mmengine.dataset import BaseDataset

from jaguar_mm.datasets.samplers.epoch import EpochSampler, column_codes
from jaguar_mm.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class ClassBalancedSampler(EpochSampler):
    """As many draws an epoch as there are images, every class equally often, up to one draw.

    The images of a small class come again and again, but none a second time before all have come; of a large class
    an epoch shows a part, another one in another epoch.

    Args:
        dataset: The data set; every image needs a ``gt_label``.
        kwargs: See :class:`EpochSampler`.
    """

    def __init__(self, dataset: BaseDataset, **kwargs) -> None:
        self.labels = column_codes(dataset, 'gt_label')
        super().__init__(dataset, **kwargs)

    def _arrange(self, shuffled: np.ndarray, random: np.random.Generator) -> np.ndarray:
        classes = random.permutation(np.unique(self.labels[shuffled]))
        shares = [len(part) for part in np.array_split(shuffled, len(classes))]
        pools = [shuffled[self.labels[shuffled] == label] for label in classes]
        return random.permutation(np.concatenate([np.resize(*each) for each in zip(pools, shares, strict=True)]))


@DATA_SAMPLERS.register_module()
class IdentityBalancedSampler(EpochSampler):
    """Batches of P classes with K images each (Hermans et al. 2017, section 2), as losses on pairs need them.

    Every batch of every process has P different classes. All classes come equally often, up to one batch; within a
    class no image comes a second time before all have come. An epoch has about as many draws as there are images.

    The dataloader's ``batch_size`` must be P K or a multiple: the runner refuses another one, see
    :func:`~jaguar_mm.engine.batch_check.check_batches`.

    Args:
        dataset: The data set; every image needs a ``gt_label``.
        classes: P.
        images: K.
        kwargs: See :class:`EpochSampler`.

    Raises:
        ValueError: If the data set has fewer than P classes.
    """

    def __init__(self, dataset: BaseDataset, classes: int, images: int, **kwargs) -> None:
        self.labels = column_codes(dataset, 'gt_label')
        self.classes, self.images = classes, images
        self.block = classes * images
        super().__init__(dataset, **kwargs)

    def _arrange(self, shuffled: np.ndarray, random: np.random.Generator) -> np.ndarray:
        labels = self.labels[shuffled]
        pools = {label: deque(shuffled[labels == label].tolist()) for label in np.unique(labels)}
        if len(pools) < self.classes:
            raise ValueError(f'train_dataloader.sampler.classes is {self.classes}, but there are {len(pools)} classes')
        draws: list[int] = []
        for label in self._classes_of_blocks(math.ceil(len(shuffled) / self.block), list(pools), random):
            for _ in range(self.images):
                draws.append(pools[label][0])
                pools[label].rotate(-1)
        return np.array(draws)

    def _classes_of_blocks(self, blocks: int, labels: list[int], random: np.random.Generator) -> list[int]:
        """Return P different classes for every block (blocks * P,)."""
        chosen: list[int] = []
        waiting: list[int] = []
        for _ in range(blocks):
            block, waiting = waiting[: self.classes], waiting[self.classes :]
            if len(block) < self.classes:  # a new round of all classes, those of this block last
                fresh = random.permutation(labels).tolist()
                fresh.sort(key=block.__contains__)
                missing = self.classes - len(block)
                block, waiting = block + fresh[:missing], fresh[missing:]
            chosen += block
        return chosen
