"""Before the first step: the training set fits the head, and which pictures validate is on record."""

from __future__ import annotations

import json
from pathlib import Path

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from jaguar_mm.files import write_whole
from jaguar_mm.registry import HOOKS


@HOOKS.register_module()
class TrainingSetHook(Hook):
    """Check the number of classes and write ``split.json`` into the work dir."""

    def before_train(self, runner: Runner) -> None:
        """Compare ``model.head.num_classes`` with the identities of the training set.

        Raises:
            ValueError: If they differ.
        """
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        dataset = runner.train_dataloader.dataset
        classes = dataset.metainfo['classes']
        if model.head.num_classes != len(classes):
            raise ValueError(
                f'model.head.num_classes is {model.head.num_classes}, but the training set has {len(classes)} classes '
                f'({dataset.ann_file}); run with --cfg-options model.head.num_classes={len(classes)}'
            )
        self._record(runner, dataset)

    @master_only
    def _record(self, runner: Runner, dataset: object) -> None:
        split = json.dumps(dataset.split_record(), indent=1, ensure_ascii=False)
        write_whole(Path(runner.work_dir) / 'split.json', split + '\n')
