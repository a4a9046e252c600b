"""Data sets that are cut into a training and a validation part by identity."""

from __future__ import annotations

from collections.abc import Sequence
from os import path as osp

from jaguar_mm.datasets.groups import read_groups
from jaguar_mm.datasets.identity_dataset import Contents, IdentityDataset
from jaguar_mm.datasets.splits import split_by_fold, split_by_identity
from jaguar_mm.storage.unknown import spellings

PARTS = {'train': ['train'], 'val': ['val'], 'both': ['train', 'val']}  # of the split
ROLES = {'train': 'gallery', 'val': 'query'}


class SplitDataset(IdentityDataset):
    """Base of the data sets that hold out a part of each class; a subclass reads everything in :meth:`read_whole`.

    A class is an identity unless the subclass says otherwise. An image of unknown identity is in neither part; which
    ones these are is on record beside them.

    Args:
        ann_file: See :class:`IdentityDataset`.
        groups: Table ``filename,group`` of ``jaguar-mm find-duplicates``, below ``data_root`` unless absolute: no split
            parts a group, and each image has its ``group``.
        subset: ``'train'`` or ``'val'``: that part of the split; ``'both'``: both, those of ``'val'`` with the role
            ``'query'`` and those of ``'train'`` with the role ``'gallery'``; None: all images.
        val_fraction: Share of each class's images in ``'val'``.
        fold: Which of several folds is ``'val'``, from 0, instead of a share; None: no folds. See
            :func:`~jaguar_mm.datasets.splits.split_by_fold`.
        folds: How many there are.
        split_seed: Seed of the split.
        unknown: Identities that stand for nobody, such as ``['____', 'unknown']``, in any case; a flank, encounter or
            group that is so called stands for none either. None: usual spellings of it are refused, see
            :mod:`~jaguar_mm.storage.unknown`; ``[]``: they are names like any other. An empty value, null and NaN
            stand for nobody anyway.
        kwargs: See :class:`IdentityDataset`.

    Raises:
        ValueError: If ``subset`` is unknown, asks to split images without identities or is left empty, or ``fold`` is
            given without it.
    """

    def __init__(
        self,
        ann_file: str,
        *,
        groups: str | None = None,
        subset: str | None = None,
        val_fraction: float = 0.2,
        fold: int | None = None,
        folds: int = 5,
        split_seed: int = 0,
        unknown: str | Sequence[str] | None = None,
        **kwargs,
    ) -> None:
        if subset not in (None, *PARTS):
            raise ValueError(f'subset must be one of {", ".join(map(repr, PARTS))} or None, got {subset!r}')
        if fold is not None and subset is None:
            raise ValueError(f"fold={fold} needs subset='train' or 'val'")
        self.groups = groups
        self.subset = subset
        self.val_fraction = val_fraction
        self.fold, self.folds = fold, folds
        self.split_seed = split_seed
        self.unknown = spellings(unknown)
        super().__init__(ann_file, **kwargs)

    def read_whole(self) -> Contents:
        """Read all images, with the split that holds if ``subset`` asks for none."""
        raise NotImplementedError

    def read_contents(self) -> Contents:
        """Read all images and take the subset."""
        whole = self.read_whole()
        if self.groups:
            self._add_groups(whole.records)
        if self.subset is None:
            return whole
        split = self._split_names(whole.records)
        kept = {name: ROLES[part] for part in PARTS[self.subset] for name in split[part]}
        if not split[PARTS[self.subset][-1]]:
            raise ValueError(
                f'{self.ann_file or self.img_prefix}: no image is left for subset={self.subset!r}: no class has groups '
                f'of its own for a pair to validate with and as many images to train on; leave subset out, or name '
                f'the images of each part in a split column'
            )
        records = [record for record in whole.records if record['image_name'] in kept]
        if len(PARTS[self.subset]) > 1:
            for record in records:
                record['role'] = kept[record['image_name']]
        return Contents(records, whole.classes, split)

    def _add_groups(self, records: list[dict]) -> None:
        """Give each image its group from the table of groups."""
        names = [record.get('file_name', record['image_name']) for record in records]
        groups = read_groups(osp.join(self.data_root, self.groups), names)
        for record, name in zip(records, names, strict=True):
            record['group'] = groups[name]

    def _split_names(self, records: list[dict]) -> dict[str, list[str]]:
        labels = {record['image_name']: record['class_name'] for record in records if record['class_name'] is not None}
        if not labels:
            raise ValueError(f'{self.ann_file}: subset={self.subset!r} needs images of known identity; leave it out')
        groups = {record['image_name']: record.get('group', record['image_name']) for record in records}
        if self.fold is None:
            split = split_by_identity(labels, self.val_fraction, self.split_seed, groups)
        else:
            split = split_by_fold(labels, self.fold, self.folds, self.split_seed, groups)
        unknown = sorted(record['image_name'] for record in records if record['class_name'] is None)
        return split | ({'unknown': unknown} if unknown else {})
