"""What a training has gained over the weights that it started from."""

from __future__ import annotations

import math

from mmengine.hooks import Hook
from mmengine.runner import Runner

from jaguar_mm.engine.console import say
from jaguar_mm.engine.hooks.checkpoint import BETTER, WholeCheckpointHook
from jaguar_mm.registry import HOOKS

FIRST, LAST, BEST = 'first_score', 'last_score', 'best_score'  # in the message hub, and with it in the checkpoint


@HOOKS.register_module()
class GainHook(Hook):
    """Say at the end of a training how the score by which the best weights are kept has changed, and warn if in vain.

    The score before the first step is on record in the message hub, so that a resumed run knows it. The metric is
    ``save_best`` of the :class:`~jaguar_mm.engine.hooks.WholeCheckpointHook`; without one nothing is said.
    """

    def __init__(self) -> None:
        self.training = False

    def before_train(self, runner: Runner) -> None:
        """Take heed of the validations from here on."""
        self.training = True

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Take down the score."""
        saver = _saver(runner)
        if self.training and saver is not None and saver.save_best in (metrics or {}):
            key = FIRST if runner.iter == 0 else LAST
            runner.message_hub.update_info(key, float(metrics[saver.save_best]))

    def after_train(self, runner: Runner) -> None:
        """Say what was gained."""
        self.training = False
        saver, known = _saver(runner), runner.message_hub.runtime_info
        if saver is None or any(math.isnan(known.get(key, math.nan)) for key in (FIRST, LAST, BEST)):
            return
        first, last, best = known[FIRST], known[LAST], float(known[BEST])
        said = f'{saver.save_best}: {first:.4f} before the first step, {best:.4f} at best, {last:.4f} at the end'
        better = BETTER[saver.rule]
        if not better(best, first):
            runner.logger.warning(
                f'{said}. Nothing was gained: the weights that it started from are as good; try a lower '
                f'optim_wrapper.optimizer.lr, or look at the training images with jaguar-mm browse'
            )
        elif better(first, last):
            runner.logger.warning(f'{said}. It ended worse than it began: take {known["best_ckpt"]}, or train shorter')
        else:
            say(runner.logger, said)


def _saver(runner: Runner) -> WholeCheckpointHook | None:
    """Return the hook that keeps the best weights, if there is one."""
    return next((hook for hook in runner.hooks if isinstance(hook, WholeCheckpointHook) and hook.save_best), None)
