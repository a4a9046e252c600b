"""Before the first step: the training set fits the head, every image has a class, and the split is on record."""

from __future__ import annotations

import json
from pathlib import Path

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner

from jaguar_mm.datasets.records import all_records
from jaguar_mm.engine.bare_model import bare_model
from jaguar_mm.engine.checkpoints.resumption import cannot_resume, named_changes
from jaguar_mm.engine.number_of_classes import check_number_of_classes
from jaguar_mm.images import image_fingerprint
from jaguar_mm.registry import HOOKS
from jaguar_mm.storage.files import write_whole

RECORD = 'split.json'


@HOOKS.register_module()
class TrainingSetHook(Hook):
    """Check the number of classes, write ``split.json`` into the work dir, and tell checkpoints what they learnt from.

    A training is resumed with the very images that it began with.

    ``meta.training_set`` of a checkpoint holds the numbers of ``images`` and ``identities``, those of the images in
    every part of the ``split``, and the ``fingerprint`` of the training images
    (:func:`~jaguar_mm.images.image_fingerprint`).
    """

    def __init__(self) -> None:
        self.training_set: dict = {}
        self.resumed_from: dict = {}  # what the checkpoint that was loaded had learnt from

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Remember what the checkpoint has on record."""
        self.resumed_from = (checkpoint.get('meta') or {}).get('training_set') or {}

    def before_train(self, runner: Runner) -> None:
        """Compare the training set with ``model.head.num_classes`` and with that of a training that is resumed.

        Raises:
            ValueError: If the numbers of classes differ, or an image has no class.
            CheckpointError: If the training that is resumed had other images.
        """
        model = bare_model(runner)
        dataset = runner.train_dataloader.dataset
        check_number_of_classes(model.head.num_classes, dataset)
        records, split = all_records(dataset), dataset.split_record()
        _check_classes(records, dataset.source)
        paths = {record['image_name']: record['img_path'] for record in records}  # each once, also if it is repeated
        self.training_set = {
            'images': len(paths),
            'identities': len({record['identity'] for record in records}),
            'split': {part: len(names) for part, names in split.items()},
            'fingerprint': image_fingerprint(paths),
        }
        if self.resumed_from and runner.cfg.get('resume'):
            self._compare(runner, split)
        self._record(runner, split)

    def _compare(self, runner: Runner, split: dict[str, list[str]]) -> None:
        """Raise CheckpointError if the images are not those that the resumed training had."""
        before, now = self.resumed_from, self.training_set
        if before.get('fingerprint') in (None, now['fingerprint']):
            return
        learnt = before.get('images', 'other')
        what = f'learnt from {learnt} images, and this run has {now["images"]}, which are not the same'
        record = Path(runner._load_from).with_name(RECORD)
        if record.is_file():
            earlier = json.loads(record.read_text(encoding='utf-8'))
            what += f': {changed_parts(earlier, split) or "some have another content"}'
        raise cannot_resume(runner._load_from, what)

    @master_only
    def _record(self, runner: Runner, split: dict[str, list[str]]) -> None:
        write_whole(Path(runner.work_dir) / RECORD, json.dumps(split, indent=1, ensure_ascii=False) + '\n')

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Put the training set on the checkpoint's record; only the main process saves."""
        checkpoint['meta']['training_set'] = self.training_set


def changed_parts(before: dict[str, list[str]], now: dict[str, list[str]]) -> str:
    """Say which images every part of a split has lost and got, nothing where it is the same."""
    changes = {part: named_changes(before.get(part, []), now.get(part, [])) for part in before | now}
    return '; '.join(f'{part!r} now {words}' for part, words in changes.items() if words)


def _check_classes(records: list[dict], source: str) -> None:
    """Raise ValueError if a training image has no class."""
    without = [record['image_name'] for record in records if record.get('gt_label') is None]
    if without:
        raise ValueError(
            f'{len(without)} of {len(records)} training images are of unknown identity, or of none of the classes '
            f"({without[0]} is the first), and cannot be trained on; subset='train' leaves those of unknown identity "
            f'out, or remove them from {source}'
        )
