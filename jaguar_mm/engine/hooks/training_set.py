"""The training set fits the head, and which pictures train and validate is on record before the first step."""

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
        """Compare ``model.head.num_classes`` with the identities of the training set.

        Raises:
            ValueError: If they differ.
        """
        model = bare_model(runner)
        dataset = runner.train_dataloader.dataset
        classes = dataset.metainfo['classes']
        if model.head.num_classes != len(classes):
            raise ValueError(
                f'model.head.num_classes is {model.head.num_classes}, but the training set has {len(classes)} classes '
                f'({dataset.source}); run with --cfg-options model.head.num_classes={len(classes)}'
            )
        self._record(runner, dataset)

    @master_only
    def _record(self, runner: Runner, dataset: object) -> None:
        split = dataset.split_record()
        write_whole(Path(runner.work_dir) / 'split.json', json.dumps(split, indent=1, ensure_ascii=False) + '\n')
        records = all_records(dataset)
        paths = {record['image_name']: record['img_path'] for record in records}  # each once, also if it is repeated
        self.training_set = {
            'pictures': len(paths),
            'identities': len({record['identity'] for record in records}),
            'split': {part: len(names) for part, names in split.items()},
            'fingerprint': picture_fingerprint(paths),
        }

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Put the training set on the checkpoint's record; only the main process saves."""
        checkpoint['meta']['training_set'] = self.training_set
