"""The jaguar competition's files as a data set."""

from __future__ import annotations

from os import path as osp

from jaguar_mm.datasets.identity_dataset import Contents
from jaguar_mm.datasets.split_dataset import SplitDataset
from jaguar_mm.datasets.tables import is_pair_table, read_identities, read_pairs
from jaguar_mm.registry import DATASETS
from jaguar_mm.storage.unknown import known_columns


@DATASETS.register_module()
class JaguarReID(SplitDataset):
    """Images of the competition: ``train.csv``, the pair table ``test.csv``, or a synthetic ``solution.csv``.

    Which kind of table it is shows in its columns. A pair table gives each image once, sorted by name, and is kept
    as ``pair_table``; it defines no classes, so its images have a ``gt_label`` only if ``classes`` are given.

    Args:
        ann_file: ``filename,ground_truth`` or ``row_id,query_image,gallery_image``.
        data_prefix: Folder of the images, flat or nested once (``train/train``).
        solution: Table ``filename,ground_truth`` that gives the identities of a pair table's images, below
            ``data_root`` unless absolute.
        kwargs: See :class:`SplitDataset`. ``classes`` default to the sorted identities of the whole table, so that
            both subsets agree.

    Raises:
        ValueError: If ``solution`` is given for a table that has identities itself.
    """

    def __init__(
        self, ann_file: str = 'train.csv', *, data_prefix: str = 'train', solution: str | None = None, **kwargs
    ) -> None:
        self.solution = solution
        super().__init__(ann_file, data_prefix=data_prefix, **kwargs)

    def read_whole(self) -> Contents:
        """Read the table, with its solution if there is one."""
        if is_pair_table(self.ann_file):
            identities, classes = self._read_pairs(), []
        else:
            identities = self._read_identities(self.ann_file)
            if self.solution:
                raise ValueError(f'{self.ann_file}: solution={self.solution!r} is for a pair table only; leave it out')
            classes = sorted(set(identities.values()) - {None})
        records = [
            {'image_name': name, 'identity': identity, 'class_name': identity} for name, identity in identities.items()
        ]
        return Contents(records, classes, {'all': sorted(identities)})

    def _read_pairs(self) -> dict[str, str | None]:
        """Return the identity, None if unknown, of every image of the pair table."""
        self.pair_table = read_pairs(self.ann_file)
        solved = self._read_identities(osp.join(self.data_root, self.solution)) if self.solution else {}
        return {name: solved.get(name) for name in self.pair_table.names}

    def _read_identities(self, path: str) -> dict[str, str | None]:
        """Return the identity, None if unknown, of every image of a table."""
        identities = read_identities(path)
        known = known_columns(path, {'ground_truth': list(identities.values())}, self.unknown)
        return dict(zip(identities, known['ground_truth'], strict=True))
