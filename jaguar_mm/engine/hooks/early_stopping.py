"""A training that ends when nothing more is gained, also after it was interrupted."""

from __future__ import annotations

from mmengine.hooks import EarlyStoppingHook
from mmengine.runner import Runner

from jaguar_mm.registry import HOOKS

KNOWN = 'early_stopping'  # in the message hub and so in the checkpoint: best score, validations without a gain


@HOOKS.register_module()
class ResumableEarlyStoppingHook(EarlyStoppingHook):
    """MMEngine's hook, which goes on counting where a checkpoint was taken.

    One that has stopped stays stopped, unless it is resumed with more ``patience``. The validation before the first
    step counts as one.

    Args:
        kwargs: Of MMEngine's ``EarlyStoppingHook``: ``monitor``, ``patience``, ``min_delta`` (0.1 by default) and more.
    """

    priority = 'LOW'  # before the checkpoint is written

    def before_train(self, runner: Runner) -> None:
        """Take up what is known."""
        known = (self.best_score, self.wait_count)
        self.best_score, self.wait_count = runner.message_hub.runtime_info.get(KNOWN, known)
        runner.train_loop.stop_training = self.wait_count >= self.patience

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float]) -> None:
        """Decide whether to stop."""
        super().after_val_epoch(runner, metrics)
        runner.message_hub.update_info(KNOWN, [float(self.best_score), self.wait_count])
