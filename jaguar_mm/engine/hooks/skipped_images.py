"""Which training images were skipped because they cannot be used."""

from __future__ import annotations

from pathlib import Path

from mmengine.dist import all_gather_object, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from jaguar_mm.registry import HOOKS
from jaguar_mm.storage.files import csv_text, write_whole


@HOOKS.register_module()
class SkippedImagesHook(Hook):
    """Write ``skipped.csv`` into the work dir, a line for every such image, and say at every epoch's end how many.

    A data set skips images only with ``unusable='skip'``, see
    :class:`~jaguar_mm.datasets.identity_dataset.IdentityDataset`.
    """

    def __init__(self) -> None:
        self.problems: set[str] = set()  # each begins with the path of the image

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict, outputs: dict) -> None:
        """Take down what this batch's samples stand in for."""
        for sample in data_batch['data_samples']:
            self.problems.update(sample.get('skipped', ()))

    def after_train_epoch(self, runner: Runner) -> None:
        """Bring together what all processes have skipped, and report it."""
        self.problems.update(*all_gather_object(self.problems))
        if self.problems and is_main_process():
            path = Path(runner.work_dir) / 'skipped.csv'
            write_whole(path, csv_text(['problem'], [[problem] for problem in sorted(self.problems)]))
            runner.logger.warning(f'{len(self.problems)} training image(s) cannot be used and are skipped, see {path}')
