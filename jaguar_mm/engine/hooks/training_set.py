"""Before the first step: the training set fits the head, every image has a class, and the split is on record."""

from __future__ import annotations

import json
from pathlib import Path

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner

from jaguar_mm.datasets.records import all_records
from jaguar_mm.engine.runner import bare_model
from jaguar_mm.files import write_whole
from jaguar_mm.images import picture_fingerprint
from jaguar_mm.registry import HOOKS


@HOOKS.register_module()
class TrainingSetHook(Hook):
    """Check the number of classes, write ``split.json`` into the work dir, and tell checkpoints what they learnt from.

    ``meta.training_set`` of a checkpoint holds the numbers of ``pictures`` and ``identities``, those of the pictures in
    every part of the ``split``, and the ``fingerprint`` of the training pictures
    (:func:`~jaguar_mm.images.picture_fingerprint`).
    """

    def __init__(self) -> None:
        self.training_set: dict = {}

    def before_train(self, runner: Runner) -> None:
        """Compare ``model.head.num_classes`` with the classes of the training set, and look for images without one.

        Raises:
            ValueError: If the numbers differ, or an image has no class.
        """
        model = bare_model(runner)
        dataset = runner.train_dataloader.dataset
        classes = dataset.metainfo['classes']
        if model.head.num_classes != len(classes):
            raise ValueError(
                f'model.head.num_classes is {model.head.num_classes}, but the training set has {len(classes)} classes '
                f'({dataset.ann_file}); run with --cfg-options model.head.num_classes={len(classes)}'
            )
        records = all_records(dataset)
        without = [record['image_name'] for record in records if record.get('gt_label') is None]
        if without:
            raise ValueError(
                f'{len(without)} of {len(records)} training images are of unknown identity, or of none of the classes '
                f"({without[0]} is the first), and cannot be trained on; subset='train' leaves those of unknown "
                f'identity out, or remove them from {dataset.ann_file or "the folder"}'
            )
        self._record(runner, dataset, records)

    @master_only
    def _record(self, runner: Runner, dataset: object, records: list[dict]) -> None:
        split = dataset.split_record()
        write_whole(Path(runner.work_dir) / 'split.json', json.dumps(split, indent=1, ensure_ascii=False) + '\n')
        self.training_set = {
            'pictures': len(records),
            'identities': len({record['identity'] for record in records}),
            'split': {part: len(names) for part, names in split.items()},
            'fingerprint': picture_fingerprint({record['image_name']: record['img_path'] for record in records}),
        }

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Put the training set on the checkpoint's record; only the main process saves."""
        checkpoint['meta']['training_set'] = self.training_set
