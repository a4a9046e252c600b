"""Before the first step, and before a test: there will be a score."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.datasets.transforms import PackInputs
from torch.utils.data import Dataset

from jaguar_mm.datasets.records import all_records
from jaguar_mm.engine.console import say
from jaguar_mm.evaluation.reid_metric import ReIDMetric
from jaguar_mm.registry import HOOKS


@HOOKS.register_module()
class AnswerableHook(Hook):
    """Refuse to train if the validation could not be scored, or to test if identities are known and yet none could.

    What is not scored (unknown identities, single images) and what is blank is counted in the log.
    """

    def before_train(self, runner: Runner) -> None:
        """Look at the validation set.

        Raises:
            ValueError: If a protocol of its :class:`~jaguar_mm.evaluation.ReIDMetric` would give no score.
        """
        if runner.val_loop is not None:
            self._check(runner, runner.val_dataloader.dataset, runner.val_evaluator.metrics, 'val')

    def before_test(self, runner: Runner) -> None:
        """Look at the test set; one without any known identity is not scored.

        Raises:
            ValueError: See :meth:`before_train`.
        """
        self._check(runner, runner.test_dataloader.dataset, runner.test_evaluator.metrics, 'test')

    def _check(self, runner: Runner, dataset: Dataset, metrics: Sequence, subset: str) -> None:
        for metric in metrics:
            if not isinstance(metric, ReIDMetric):
                continue
            records = all_records(dataset)
            _check_meta_keys(dataset, metric.needed(records), subset)
            try:
                notes = metric.check(records, unlabelled=subset == 'test')
            except ValueError as error:
                raise ValueError(f'{subset}_dataloader: {error}') from error
            for note in notes:
                say(runner.logger, f'{subset}: {note}')


def _check_meta_keys(dataset: Dataset, needed: set[str], subset: str) -> None:
    """Refuse a pipeline whose last step drops what the evaluator needs."""
    for step in dataset.pipeline.transforms:
        missing = sorted(needed - set(step.meta_keys)) if isinstance(step, PackInputs) else []
        if missing:
            raise ValueError(
                f'{subset}_dataloader.dataset.pipeline: the evaluator needs {", ".join(missing)}; add it to '
                f'PackInputs.meta_keys'
            )
