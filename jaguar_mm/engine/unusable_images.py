"""Images that cannot be used, found while a set is read: each is known by its reason and ends no dataloader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mmengine.dataset import default_collate
from torch.utils.data import Dataset

from jaguar_mm.images import ImageError


class Batch(NamedTuple):
    """What is left of a batch.

    Attributes:
        data: The samples that can be used, collated; None if there are none.
        unusable: Place in the batch to what is wrong with the image there.
    """

    data: dict | None
    unusable: dict[int, str]


class GuardedDataset(Dataset):
    """A data set that gives an :class:`ImageError` as a sample instead of raising it.

    Raised in a worker it would come out with the worker's trace as its message.

    Args:
        dataset: The data set.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> dict | ImageError:
        try:
            return self.dataset[index]
        except ImageError as error:
            return ImageError(str(error))


def collate_usable(samples: Sequence[dict | ImageError]) -> Batch:
    """Collate the samples of a :class:`GuardedDataset`."""
    unusable = {place: str(sample) for place, sample in enumerate(samples) if isinstance(sample, ImageError)}
    usable = [sample for sample in samples if not isinstance(sample, ImageError)]
    return Batch(default_collate(usable) if usable else None, unusable)
