"""Hooks that interrupt a training at a chosen moment, once: the moment is marked by a file, so a second run gets by."""

import os
import signal
from pathlib import Path

from mmengine.dist import get_rank
from mmengine.hooks import Hook

from jaguar_mm.registry import HOOKS


@HOOKS.register_module()
class FaultHook(Hook):
    """Send this process a signal.

    Args:
        moment: 'step' (after a training step), 'save' (a checkpoint is written but has no name yet) or 'validation'.
        at: Step of the training, counted from 1; for 'save' and 'validation' the first one from then on.
        marker: File that says it has happened; its folder must exist.
        number: Signal.
        rank: Process to send it to.
    """

    priority = 'LOWEST'

    def __init__(self, moment, at, marker, number='SIGKILL', rank=0):
        self.moment, self.at, self.marker, self.rank = moment, at, Path(marker), rank
        self.number = getattr(signal, number)

    def after_train_iter(self, runner, batch_idx, data_batch, outputs):
        if self.moment == 'step' and runner.iter + 1 >= self.at:
            self.strike()

    def before_val_iter(self, runner, batch_idx, data_batch):
        if self.moment == 'validation' and runner.iter >= self.at:
            self.strike()

    def before_save_checkpoint(self, runner, checkpoint):
        if self.moment == 'save' and checkpoint['meta']['iter'] >= self.at and not self.marker.exists():
            os.replace = lambda *_: self.strike()

    def strike(self):
        if get_rank() == self.rank and not self.marker.exists():
            self.marker.touch()
            os.kill(os.getpid(), self.number)
