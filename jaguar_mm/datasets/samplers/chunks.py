"""A sampler that shows every image once an epoch and still gives losses on pairs their pairs."""

from __future__ import annotations

import math

import numpy as np
from mmengine.dataset import BaseDataset

from jaguar_mm.datasets.samplers.epoch import EpochSampler, column_codes
from jaguar_mm.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class IdentityChunkSampler(EpochSampler):
    """Every image once an epoch, those of one class together in chunks of about K, the chunks in random order.

    An image that is the only one of its class comes twice in a row, in two augmentations. So large classes come more
    often than small ones, as in plain shuffling, and a batch holds several images of most of its classes. The end of a
    batch can cut a chunk.

    Args:
        dataset: The data set; every image needs a ``gt_label``.
        images: K, at least 2.
        batch: Images that one process gets in a row: its batch.
        kwargs: See :class:`EpochSampler`.

    Raises:
        ValueError: If K is less than 2.
    """

    def __init__(self, dataset: BaseDataset, images: int, batch: int = 32, **kwargs) -> None:
        if images < 2:
            raise ValueError(f'train_dataloader.sampler.images is {images}, a chunk needs at least 2')
        self.labels = column_codes(dataset, 'gt_label')
        self.images, self.block = images, batch
        super().__init__(dataset, **kwargs)

    def _arrange(self, shuffled: np.ndarray, random: np.random.Generator) -> np.ndarray:
        labels = self.labels[shuffled]
        chunks: list[np.ndarray] = []
        for label in np.unique(labels):
            own = shuffled[labels == label]
            own = np.repeat(own, 2) if len(own) == 1 else own
            count = min(math.ceil(len(own) / self.images), len(own) // 2)  # nobody alone
            chunks += np.array_split(own, count)
        return np.concatenate([chunks[place] for place in random.permutation(len(chunks))])
