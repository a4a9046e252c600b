"""Before the first step: no validation image is trained on, neither itself nor as a near-duplicate."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache

from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.utils.data import Dataset

from jaguar_mm.datasets.records import all_records
from jaguar_mm.registry import HOOKS
from jaguar_mm.storage.files import file_digest

SHOWN = 10  # images that a message names
ITSELF = 'are trained on themselves', 'give the two data sets parts that have no image in common'
COPIED = (
    'have the very bytes of training images',
    'delete the copies (jaguar-mm check-data lists them), or keep them together by groups of jaguar-mm find-duplicates',
)
NEAR = (
    'have near-duplicates among the training images',
    "cut the table by its groups: groups='groups.csv' in both data sets, or a split column that keeps them together",
)


@HOOKS.register_module()
class LeakCheckHook(Hook):
    """Refuse to train if a validation image, or a near-duplicate of it, is a training image.

    It is the same image if one file is both, or two files have the same bytes, whatever they are called.
    Near-duplicates share a ``group``, see :class:`~jaguar_mm.datasets.JaguarReID` and
    :class:`~jaguar_mm.datasets.MetadataReID`; images without one are compared only by their files. An image of the
    role ``'gallery'`` may be trained on: it is what the validated ones are compared with.
    """

    def before_train(self, runner: Runner) -> None:
        """Compare the validation with the training set.

        Raises:
            ValueError: If they share a file, its content, or a group; the message names the first ten images of them.
        """
        if runner.val_loop is None:
            return
        trained = _records(runner.train_dataloader.dataset)
        validated = [record for record in _records(runner.val_dataloader.dataset) if record.get('role') != 'gallery']
        _check(trained, validated, 'file', *ITSELF)
        _check(*_digested(trained, validated), 'content', *COPIED)
        _check(trained, validated, 'group', *NEAR)


def _records(dataset: Dataset) -> list[dict]:
    """Return the records of a data set, each with the ``file`` that its path leads to."""
    return [record | {'file': os.path.realpath(record['img_path'])} for record in all_records(dataset)]


def _digested(*parts: Sequence[dict]) -> list[list[dict]]:
    """Return each part's records, with a digest of their ``content`` where a file of another part is as long."""
    sizes = [{record['file']: _size(record['file']) for record in part} for part in parts]
    shared = set.intersection(*(set(found.values()) for found in sizes)) - {None}
    digest = cache(file_digest)
    return [
        [record | ({'content': digest(record['file'])} if found[record['file']] in shared else {}) for record in part]
        for part, found in zip(parts, sizes, strict=True)
    ]


def _size(path: str) -> int | None:
    """Return the length of a file, None if it is not there: the image gate will say so."""
    return os.path.getsize(path) if os.path.isfile(path) else None


def _check(trained: Sequence[dict], validated: Sequence[dict], key: str, what: str, advice: str) -> None:
    sources = {record[key]: record['image_name'] for record in trained if record.get(key) is not None}
    leaks = [record for record in validated if record.get(key) in sources]
    if leaks:
        named = ', '.join(f'{record["image_name"]} ({sources[record[key]]})' for record in leaks[:SHOWN])
        raise ValueError(
            f'{len(leaks)} of {len(validated)} validation images {what}, which makes scores too good; with their '
            f'training images: {named}{", ..." if len(leaks) > SHOWN else ""}. To train, {advice}'
        )
