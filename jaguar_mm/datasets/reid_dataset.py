"""The jaguar competition's files as a data set."""

from __future__ import annotations

from os import path as osp

from jaguar_mm.datasets.groups import read_groups
from jaguar_mm.datasets.identity_dataset import Contents, IdentityDataset
from jaguar_mm.datasets.splits import split_by_fold, split_by_identity
from jaguar_mm.datasets.tables import is_pair_table, read_identities, read_pairs
from jaguar_mm.registry import DATASETS


@DATASETS.register_module()
class JaguarReID(IdentityDataset):
    """Pictures of the competition: ``train.csv``, the pair table ``test.csv``, or a synthetic ``solution.csv``.

    Which kind of table it is shows in its columns. A pair table gives each picture once, sorted by name, and is kept
    as ``pair_table``; it defines no classes, so its pictures have a ``gt_label`` only if ``classes`` are given.

    Args:
        ann_file: ``filename,ground_truth`` or ``row_id,query_image,gallery_image``.
        data_prefix: Folder of the pictures, flat or nested once (``train/train``).
        solution: Table ``filename,ground_truth`` that gives the identities of a pair table's pictures, below
            ``data_root`` unless absolute.
        groups: Table ``filename,group`` of ``tools/find_duplicates.py``, below ``data_root`` unless absolute: no split
            parts a group, and each picture has its ``group``.
        subset: ``'train'`` or ``'val'``: that part of a split by identity; None: all pictures.
        val_fraction: Share of each identity's pictures in ``'val'``.
        fold: Which of several folds is ``'val'``, from 0, instead of a share; None: no folds. See
            :func:`~jaguar_mm.datasets.splits.split_by_fold`.
        folds: How many there are.
        split_seed: Seed of the split.
        kwargs: See :class:`IdentityDataset`. ``classes`` default to the sorted identities of the whole table, so that
            both subsets agree.

    Raises:
        ValueError: If ``subset`` is unknown or asks to split pictures without identities, ``fold`` is given without
            it, or ``solution`` for a table that has identities itself.
    """

    def __init__(
        self,
        ann_file: str = 'train.csv',
        *,
        data_prefix: str = 'train',
        solution: str | None = None,
        groups: str | None = None,
        subset: str | None = None,
        val_fraction: float = 0.2,
        fold: int | None = None,
        folds: int = 5,
        split_seed: int = 0,
        **kwargs,
    ) -> None:
        if subset not in (None, 'train', 'val'):
            raise ValueError(f"subset must be 'train', 'val' or None, got {subset!r}")
        if fold is not None and subset is None:
            raise ValueError(f"fold={fold} needs subset='train' or 'val'")
        self.solution = solution
        self.groups = groups
        self.subset = subset
        self.val_fraction = val_fraction
        self.fold, self.folds = fold, folds
        self.split_seed = split_seed
        super().__init__(ann_file, data_prefix=data_prefix, **kwargs)

    def read_contents(self) -> Contents:
        """Read the table, with its solution if there is one, and take the subset."""
        if is_pair_table(self.ann_file):
            identities, classes = self._read_pairs(), []
        elif self.solution:
            raise ValueError(f'{self.ann_file}: solution={self.solution!r} is for a pair table only; leave it out')
        else:
            identities = read_identities(self.ann_file)
            classes = sorted(set(identities.values()))
        groups = read_groups(osp.join(self.data_root, self.groups), list(identities)) if self.groups else None
        split = self._split_names(identities, groups)
        kept = set(split[self.subset or 'all'])
        records = [
            {'image_name': name, 'identity': identity, 'class_name': identity}
            | ({'group': groups[name]} if groups else {})
            for name, identity in identities.items()
            if name in kept
        ]
        return Contents(records, classes, split)

    def _read_pairs(self) -> dict[str, str | None]:
        """Return the identity, None if unknown, of every picture of the pair table."""
        self.pair_table = read_pairs(self.ann_file)
        solved = read_identities(osp.join(self.data_root, self.solution)) if self.solution else {}
        return {name: solved.get(name) for name in self.pair_table.names}

    def _split_names(self, identities: dict[str, str | None], groups: dict[str, str] | None) -> dict[str, list[str]]:
        if self.subset is None:
            return {'all': sorted(identities)}
        if None in identities.values():
            raise ValueError(
                f'{self.ann_file}: subset={self.subset!r} needs the identity of every picture; leave it out'
            )
        if self.fold is None:
            return split_by_identity(identities, self.val_fraction, self.split_seed, groups)
        return split_by_fold(identities, self.fold, self.folds, self.split_seed, groups)
