"""Data sets that join others or repeat one, and still are what training asks of a data set.

They have the names of MMEngine's wrappers, whose samples training could not use: their augmentation depends on the
worker, and hooks and samplers find neither split nor classes.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate

from torch.utils.data import Dataset

from jaguar_mm.datasets.protocol import ReIDData, build_reid_data
from jaguar_mm.datasets.records import all_records
from jaguar_mm.datasets.samplers import Draw
from jaguar_mm.datasets.tables import PairTable
from jaguar_mm.registry import DATASETS


class DerivedDataset(Dataset):
    """Base of data sets whose samples are those of others, the members; a subclass says in :meth:`_locate` which.

    Args:
        members: The others, or configs to build them from.
    """

    def __init__(self, members: Sequence[dict | ReIDData]) -> None:
        self.members = [build_reid_data(member) for member in members]
        self.sizes = [len(member) for member in self.members]

    @abstractmethod
    def __len__(self) -> int:
        """Return how many samples there are."""

    @abstractmethod
    def _locate(self, index: int) -> tuple[ReIDData, int]:
        """Return a sample's member and its index there, for an index from 0 to length - 1."""

    @property
    def metainfo(self) -> dict:
        """The first member's; all have the same classes."""
        return self.members[0].metainfo

    @property
    def source(self) -> str:
        """Where the images are listed."""
        return ' + '.join(member.source for member in self.members)

    @property
    def parts(self) -> list[ReIDData]:
        """The data sets that read the images."""
        return [part for member in self.members for part in member.parts]

    @property
    def pair_table(self) -> PairTable | None:
        """The pairs of the one member that has some."""
        tables = [member.pair_table for member in self.members if member.pair_table is not None]
        if len(tables) > 1:
            raise ValueError(f'{self.source}: only one of them can be a pair table; test the others apart')
        return tables[0] if tables else None

    def __getitem__(self, index: int | Draw) -> dict:
        """Return one sample; of a draw, whose augmentation depends on the draw alone."""
        if isinstance(index, Draw):
            with index.randomness():  # of the index here, so that no two members draw the same random numbers
                return self[index.index]
        member, place = self._locate(range(len(self))[index])
        return member[place]

    def get_data_info(self, idx: int) -> dict:
        """Return what is known of one image."""
        member, place = self._locate(range(len(self))[idx])
        return member.get_data_info(place)

    def part_of(self, index: int) -> tuple[ReIDData, int]:
        """Return the data set that reads an image, and the image's index there."""
        member, place = self._locate(range(len(self))[index])
        return member.part_of(place)

    def number_classes(self, classes: Sequence[str]) -> None:
        """Let the labels of all members count these classes."""
        for member in self.members:
            member.number_classes(classes)

    def split_record(self) -> dict[str, list[str]]:
        """Return the image names of every part of the split; what several members call alike is one part."""
        record = defaultdict(list)
        for member in self.members:
            for part, names in member.split_record().items():
                record[part] += names
        return dict(record)


@DATASETS.register_module()
class ConcatDataset(DerivedDataset):
    """All images of several data sets, such as labelled and pseudo-labelled ones.

    A name means the same in all of them: two classes of one name are one class, two groups of one name are one group.
    Unless they have the same classes anyway, those of all are sorted and numbered anew. Each keeps its own pipeline,
    split and donors of backgrounds.

    Args:
        datasets: The data sets, or configs to build them from.

    Raises:
        ValueError: If there are none, or an image or a name of an image is in two of them.
    """

    def __init__(self, datasets: Sequence[dict | ReIDData]) -> None:
        if not datasets:
            raise ValueError('ConcatDataset.datasets is empty; name at least one')
        super().__init__(datasets)
        self.ends = list(accumulate(self.sizes))
        _refuse_repeats(self.members)
        classes = [tuple(member.metainfo.get('classes', ())) for member in self.members]
        if len(set(classes)) > 1:
            self.number_classes(sorted(set().union(*classes)))

    def __len__(self) -> int:
        return self.ends[-1]

    def _locate(self, index: int) -> tuple[ReIDData, int]:
        member = bisect_right(self.ends, index)
        return self.members[member], index - self.ends[member] + self.sizes[member]


@DATASETS.register_module()
class RepeatDataset(DerivedDataset):
    """A data set several times over: an epoch shows every image so many times, each time augmented in another way.

    Args:
        dataset: The data set, or a config to build it from.
        times: How many times.

    Raises:
        ValueError: If ``times`` is less than 1.
    """

    def __init__(self, dataset: dict | ReIDData, times: int) -> None:
        if times < 1:
            raise ValueError(f'RepeatDataset.times must be at least 1, got {times}')
        super().__init__([dataset])
        self.times = times

    def __len__(self) -> int:
        return self.sizes[0] * self.times

    def _locate(self, index: int) -> tuple[ReIDData, int]:
        return self.members[0], index % self.sizes[0]


def _refuse_repeats(members: Sequence[ReIDData]) -> None:
    """Refuse an image that is in two members, and a name that means two images."""
    names: dict[str, int] = {}
    files: dict[tuple, int] = {}
    for place, member in enumerate(members):
        for record in all_records(member):
            name, path = record['image_name'], record['img_path']
            animal = os.path.realpath(path), record.get('annotation', {}).get('id')
            for first, advice in (
                (files.setdefault(animal, place), 'leave it out of one; RepeatDataset shows images more often'),
                (names.setdefault(name, place), 'let the names of both begin one folder further up, by data_prefix'),
            ):
                if first != place:
                    raise ValueError(f'{path}: {name!r} of {member.source} is in {members[first].source} too; {advice}')
