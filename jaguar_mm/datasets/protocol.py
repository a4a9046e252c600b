"""What samplers, hooks and tools ask of a data set; those of other libraries lack some of it and are refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from jaguar_mm.datasets.samplers import Draw
from jaguar_mm.datasets.tables import PairTable
from jaguar_mm.registry import DATASETS

INSTEAD = {  # wrappers of MMEngine and mmpretrain: what does the same here
    'ClassBalancedDataset': "draw classes equally often with sampler=dict(type='ClassBalancedSampler')",
    'KFoldDataset': "cut folds with subset='train', fold=0 and folds=5 of the data set itself",
}


@runtime_checkable
class ReIDData(Protocol):
    """A data set of individuals.

    Attributes:
        metainfo: ``classes``, the names that ``gt_label`` counts, among others.
        pair_table: The pairs that a submission is asked for, None if it is no such set.
        source: Where its images are listed, for messages.
        parts: The data sets that read the images: itself, unless it joins others.
    """

    metainfo: Mapping[str, Any]
    pair_table: PairTable | None
    source: str
    parts: Sequence[ReIDData]

    def __len__(self) -> int:
        """Return how many samples there are."""

    def __getitem__(self, index: int | Draw) -> dict:
        """Return one sample; of a draw, whose augmentation depends on the draw alone."""

    def get_data_info(self, idx: int) -> dict:
        """Return what is known of one image without loading it: ``image_name``, ``img_path``, ``identity`` ..."""

    def split_record(self) -> dict[str, list[str]]:
        """Return the image names of every part of the split."""

    def part_of(self, index: int) -> tuple[ReIDData, int]:
        """Return which of the parts reads an image, and the image's index there."""

    def number_classes(self, classes: Sequence[str]) -> None:
        """Let ``gt_label`` count these classes; an image of another class has no label then."""


def build_reid_data(dataset: dict | ReIDData) -> ReIDData:
    """Build a data set from its config, unless it is built already, and see that it can be trained and tested on.

    Raises:
        ValueError: If it cannot.
    """
    if isinstance(dataset, dict):
        kind = str(dataset.get('type')).rpartition('.')[2]
        if kind in INSTEAD:
            raise ValueError(f'dataset.type {kind} would keep samplers and checks from its images; {INSTEAD[kind]}')
        dataset = DATASETS.build(dataset)
    if not isinstance(dataset, ReIDData):
        kind = type(dataset)
        raise ValueError(
            f'dataset.type {kind.__name__} (of {kind.__module__.partition(".")[0]}) does not tell the identities and '
            f'the split of its images; take MetadataReID or another data set of jaguar_mm, and join or repeat these '
            f'with ConcatDataset or RepeatDataset'
        )
    return dataset
