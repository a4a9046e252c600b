"""When checkpoints are taken, which stay, and how a run that is told to stop ends."""

from __future__ import annotations

import math
import signal
from operator import gt, lt
from pathlib import Path

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from jaguar_mm.engine.checkpoints.folder import (
    point_to,
    remove_old_checkpoints,
    remove_unfinished,
    set_aside_further,
)
from jaguar_mm.engine.stop_signals import StopSignals
from jaguar_mm.registry import HOOKS

BETTER = {'greater': gt, 'less': lt}


@HOOKS.register_module()
class WholeCheckpointHook(Hook):
    """Save checkpoints that cannot be lost: a new one is whole and pointed to before an old one goes.

    Those of an earlier training in the same work dir that are further than this one stay as ``<name>.pth.earlier``.

    The weights of the best validation are saved as ``best_<metric>_epoch_<n>.pth``, with EMA the averaged ones; those
    that the training starts from are never saved, and :class:`~jaguar_mm.engine.hooks.GainHook` compares with them. On
    SIGTERM or SIGINT the run saves after the next update and ends with the exit status 128 + signal; run the same
    command with ``--resume`` to go on.

    Args:
        interval: Epochs between ``epoch_<n>.pth``; the last epoch is always saved.
        step_interval: Updates of the weights between ``iter_<n>.pth``; None for none within an epoch.
        max_keep_ckpts: Checkpoints to keep, at least two.
        save_best: Metric of which the best is kept; None for none.
        rule: ``'greater'`` or ``'less'``: what is better.
    """

    priority = 'VERY_LOW'

    def __init__(
        self,
        interval: int = 1,
        step_interval: int | None = None,
        max_keep_ckpts: int = 2,
        save_best: str | None = None,
        rule: str = 'greater',
    ) -> None:
        if max_keep_ckpts < 2:
            raise ValueError(f'checkpoint.max_keep_ckpts must be at least 2, got {max_keep_ckpts}')
        if rule not in BETTER:
            raise ValueError(f"checkpoint.rule must be 'greater' or 'less', got {rule!r}")
        self.interval, self.step_interval, self.max_keep_ckpts = interval, step_interval, max_keep_ckpts
        self.save_best, self.rule = save_best, rule
        self.training = False
        self.updates = 0  # since the last checkpoint
        self.saved_iter = 0
        self.signals = StopSignals()

    def before_train(self, runner: Runner) -> None:
        """Clear up what earlier runs have left, and begin to listen for signals."""
        self.training, self.saved_iter = True, runner.iter
        if is_main_process():
            remove_unfinished(runner.work_dir)
            for path in set_aside_further(runner.work_dir, runner.iter):
                runner.logger.warning(
                    f'{path}: set aside, it is further than this training, which starts at {runner.iter}'
                )
        self.signals.watch()

    def after_train(self, runner: Runner) -> None:
        """Stop listening for signals."""
        self.training = False
        self.signals.ignore()

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict, outputs: dict) -> None:
        """Save within an epoch if it is time, or if the run is to stop."""
        if not runner.optim_wrapper.should_update() or batch_idx + 1 == len(runner.train_dataloader):
            return  # the end of an epoch is saved as such
        self.updates += 1
        stop = self.signals.agreed()
        if stop or self.updates == self.step_interval:
            self._save(runner, f'iter_{runner.iter + 1}.pth', epoch=runner.epoch, iteration=runner.iter + 1)
        self._leave(runner, stop)

    def after_train_epoch(self, runner: Runner) -> None:
        """Save the epoch if it is time, or if the run is to stop."""
        stop = self.signals.agreed()
        if stop or self.every_n_epochs(runner, self.interval) or self.is_last_train_epoch(runner):
            self._save(runner, f'epoch_{runner.epoch + 1}.pth', epoch=runner.epoch + 1, iteration=runner.iter)
        self._leave(runner, stop)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float]) -> None:
        """Keep the best weights, and that this epoch is validated."""
        if not self.training:
            return
        if self.save_best and self.save_best not in metrics:
            raise ValueError(
                f'default_hooks.checkpoint.save_best is {self.save_best!r}, but the metrics are {", ".join(metrics)}'
            )
        stop = self.signals.agreed()
        if runner.iter == 0:  # before the first step: nothing is learnt yet that could be saved
            self._leave(runner, stop, 'stopped before the first step; run it again')
            return
        if self.save_best:
            self._keep_best(runner, metrics)
        if stop or self.saved_iter == runner.iter:  # again, with what the validation has changed
            self._save(runner, f'epoch_{runner.epoch}.pth', epoch=runner.epoch, iteration=runner.iter)
        self._leave(runner, stop)

    def _save(self, runner: Runner, name: str, *, epoch: int, iteration: int) -> None:
        self.updates, self.saved_iter = 0, iteration
        runner.save_checkpoint(runner.work_dir, name, meta=dict(epoch=epoch, iter=iteration))
        if is_main_process():
            point_to(Path(runner.work_dir) / name)
            remove_old_checkpoints(runner.work_dir, self.max_keep_ckpts)
        runner.logger.info(f'Checkpoint written: {name}')

    def _keep_best(self, runner: Runner, metrics: dict[str, float]) -> None:
        """Save the weights if the metric is better than ever; the best before goes when they are on the disk."""
        score = metrics[self.save_best]
        known = runner.message_hub.runtime_info
        if math.isnan(score) or ('best_score' in known and not BETTER[self.rule](score, known['best_score'])):
            return
        before = known.get('best_ckpt')
        name = f'best_{self.save_best}_epoch_{runner.epoch}.pth'.replace('/', '_')
        runner.message_hub.update_info('best_score', score)
        runner.message_hub.update_info('best_ckpt', name)
        done = dict(epoch=runner.epoch, iter=runner.iter)
        runner.save_checkpoint(runner.work_dir, name, save_optimizer=False, save_param_scheduler=False, meta=done)
        if before and is_main_process() and Path(before).name != name:
            (Path(runner.work_dir) / Path(before).name).unlink(missing_ok=True)
        runner.logger.info(f'Best {self.save_best} so far, {score:.4f}: {name}')

    def _leave(self, runner: Runner, stop: int, what: str = 'saved and stopped; go on with --resume') -> None:
        if stop:
            runner.logger.warning(f'{signal.Signals(stop).name}: {what}')
            raise SystemExit(128 + stop)
