"""Before the first step: no validation picture is trained on, neither itself nor as a near-duplicate."""

from __future__ import annotations

import os
from collections.abc import Sequence

from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.utils.data import Dataset

from jaguar_mm.datasets.records import all_records
from jaguar_mm.registry import HOOKS

SHOWN = 10  # pictures that a message names
ITSELF = 'are trained on themselves', 'give the two data sets parts that have no picture in common'
NEAR = (
    'have near-duplicates among the training pictures',
    "cut the table by its groups: groups='groups.csv' in both data sets, or a split column that keeps them together",
)


@HOOKS.register_module()
class LeakCheckHook(Hook):
    """Refuse to train if a validation picture, or a near-duplicate of it, is a training picture.

    Near-duplicates share a ``group``, see :class:`~jaguar_mm.datasets.JaguarReID` and
    :class:`~jaguar_mm.datasets.MetadataReID`; pictures without one are compared only by their files. A picture of the
    role ``'gallery'`` may be trained on: it is what the validated ones are compared with.
    """

    def before_train(self, runner: Runner) -> None:
        """Compare the validation with the training set.

        Raises:
            ValueError: If they share a file or a group; the message names the first ten pictures of them.
        """
        if runner.val_loop is None:
            return
        trained = _records(runner.train_dataloader.dataset)
        validated = [record for record in _records(runner.val_dataloader.dataset) if record.get('role') != 'gallery']
        _check(trained, validated, 'file', *ITSELF)
        _check(trained, validated, 'group', *NEAR)


def _records(dataset: Dataset) -> list[dict]:
    """Return the records of a data set, each with the ``file`` that its path leads to."""
    return [record | {'file': os.path.realpath(record['img_path'])} for record in all_records(dataset)]


def _check(trained: Sequence[dict], validated: Sequence[dict], key: str, what: str, advice: str) -> None:
    sources = {record[key]: record['image_name'] for record in trained if key in record}
    leaks = [record for record in validated if record.get(key) in sources]
    if leaks:
        named = ', '.join(f'{record["image_name"]} ({sources[record[key]]})' for record in leaks[:SHOWN])
        raise ValueError(
            f'{len(leaks)} of {len(validated)} validation pictures {what}, which makes scores too good; with their '
            f'training pictures: {named}{", ..." if len(leaks) > SHOWN else ""}. To train, {advice}'
        )
