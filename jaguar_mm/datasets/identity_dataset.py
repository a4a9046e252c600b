"""What every data set of individuals shares: labels from classes, located images, donors of backgrounds."""

from __future__ import annotations

from collections.abc import Sequence
from os import path as osp
from typing import NamedTuple

import numpy as np
from mmengine.dataset import force_full_init
from mmpretrain.datasets import BaseDataset

from jaguar_mm.datasets.images import locate_images
from jaguar_mm.datasets.listed import doubtful_names
from jaguar_mm.datasets.samplers import Draw
from jaguar_mm.datasets.tables import PairTable
from jaguar_mm.images import Finding, ImageError
from jaguar_mm.registry import TRANSFORMS

SKIPS = 20  # in a row, after which something must be wrong with all images


class Contents(NamedTuple):
    """What a table holds.

    Attributes:
        records: One dict an image, with at least ``image_name``, ``identity`` (None if unknown) and ``class_name``;
            also ``file_name`` if its file is called otherwise, as where several animals share a file.
        classes: The classes that the table defines, used unless the config gives others.
        split: Image names of every part of the split.
    """

    records: list[dict]
    classes: list[str]
    split: dict[str, list[str]]


class IdentityDataset(BaseDataset):
    """Base of the data sets of individuals; a subclass reads its table in :meth:`read_contents`.

    A sample has ``img_path``, ``image_name``, ``identity``, what else the table gives, and ``gt_label`` if its class is
    one of ``metainfo['classes']``. It carries ``background_donors``, the paths of all images of this data set (one
    array shared by all samples), from which :class:`~jaguar_mm.datasets.transforms.AlphaMask` may take a background.

    Args:
        ann_file: The table, below ``data_root`` unless absolute.
        pipeline: Transforms, or dicts to build them from.
        unusable: What to do in training with an image that cannot be used: ``'raise'``, or ``'skip'`` it and draw
            another one instead, which :class:`~jaguar_mm.engine.hooks.SkippedImagesHook` reports. Images to be
            tested on are never skipped.
        kwargs: Of mmpretrain's ``BaseDataset``: ``data_root``, ``data_prefix``, ``classes``, ``test_mode``,
            ``lazy_init`` and others.
    """

    pair_table: PairTable | None = None
    is_listed = False  # whether a folder is listed, and no table read
    file_findings: Sequence[tuple[str, Finding]] = ()  # name and what is odd about it, before a file is opened

    def __init__(self, ann_file: str, *, pipeline: Sequence = (), unusable: str = 'raise', **kwargs) -> None:
        if unusable not in ('raise', 'skip'):
            raise ValueError(f"dataset.unusable must be 'raise' or 'skip', got {unusable!r}")
        self.unusable = unusable
        steps = [TRANSFORMS.build(step) if isinstance(step, dict) else step for step in pipeline]
        super().__init__(ann_file, pipeline=steps, **kwargs)

    def read_contents(self) -> Contents:
        """Read the table at ``self.ann_file``."""
        raise NotImplementedError

    def load_data_list(self) -> list[dict]:
        """Read the table, find its images and number their classes.

        Raises:
            TableError: If the table is wrong.
            FileNotFoundError: If the table or an image is absent.
        """
        records, classes, self._split = self.read_contents()
        if classes:
            self._metainfo.setdefault('classes', tuple(classes))
        labels = {name: label for label, name in enumerate(self._metainfo.get('classes', ()))}
        files = [record.pop('file_name', record['image_name']) for record in records]
        paths = self._located(files)
        for record, path in zip(records, paths, strict=True):
            record['img_path'] = path
            class_name = record.pop('class_name')
            if class_name in labels:
                record['gt_label'] = labels[class_name]
        self._donors = np.array(paths)
        return records

    def _located(self, files: list[str]) -> list[str]:
        """Return the paths of files that a table names, or that a folder was found to hold."""
        if self.is_listed:
            return [osp.join(self.img_prefix, name) for name in files]
        self.file_findings = doubtful_names(self.ann_file, files)
        return locate_images(self.img_prefix, files, self.ann_file)

    def __getitem__(self, index: int | Draw) -> dict:
        """Return one sample; of a draw, whose augmentation depends on the draw alone."""
        if not isinstance(index, Draw):
            return super().__getitem__(index)
        with index.randomness():
            return super().__getitem__(index.index)

    def prepare_data(self, idx: int) -> dict:
        """Run the pipeline on one record, or on another one instead of an image that is to be skipped."""
        skipped: list[str] = []
        while True:
            record = self.get_data_info(idx)
            record['background_donors'] = self._donors
            try:
                sample = self.pipeline(record)
            except ImageError as error:
                if self.unusable == 'raise' or self.test_mode or len(skipped) == SKIPS:
                    raise
                skipped.append(str(error))
                idx = self._rand_another()
            else:
                if skipped:
                    sample['data_samples'].set_field(skipped, 'skipped', field_type='metainfo')
                return sample

    @property
    def source(self) -> str:
        """Where its images are listed, for messages."""
        return self.ann_file or self.img_prefix

    @property
    def parts(self) -> list[IdentityDataset]:
        """The data sets that read the images: this one."""
        return [self]

    def part_of(self, index: int) -> tuple[IdentityDataset, int]:
        """Return which data set reads an image, and the image's index there."""
        return self, index

    def number_classes(self, classes: Sequence[str]) -> None:
        """Read the table again, with labels that count these classes."""
        self._metainfo['classes'] = tuple(classes)
        self._fully_initialized = False
        self.full_init()

    @force_full_init
    def split_record(self) -> dict[str, list[str]]:
        """Return the image names of every part of the split that this data set takes part in."""
        return self._split
