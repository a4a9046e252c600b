"""Hooks that do to a training what machines and data do."""

import os
import signal
import subprocess
from pathlib import Path

import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook

from jaguar_mm.registry import HOOKS


@HOOKS.register_module()
class FaultHook(Hook):
    """Send this process a signal at a chosen moment, once: a file marks it, so that a second run gets by.

    Args:
        moment: 'step' (after a training step), 'save' (a checkpoint is written but has no name yet) or 'validation'.
        at: Step of the training, counted from 1; for 'save' and 'validation' the first one from then on.
        marker: File that says it has happened; its folder must exist.
        number: Signal.
        rank: Process to send it to.
        group: Whether to send it to the whole group of processes, workers included.
    """

    priority = 'LOWEST'

    def __init__(self, moment, at, marker, number='SIGKILL', rank=0, group=False):
        self.moment, self.at, self.marker, self.rank, self.group = moment, at, Path(marker), rank, group
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
            if self.group:  # a stranger sends it, as a shell or a scheduler would: workers obey their parent
                subprocess.run(['sh', '-c', f'kill -{int(self.number)} -{os.getpgrp()}'], check=False)
            else:
                os.kill(os.getpid(), self.number)


@HOOKS.register_module()
class SmallDeviceHook(Hook):
    """Have room for so many images at once."""

    def __init__(self, images):
        self.images = images

    def before_train(self, runner):
        runner.model.register_forward_pre_hook(self.check, with_kwargs=True)

    def check(self, model, arguments, named):
        if model.training and len(named['inputs']) > self.images:
            raise torch.OutOfMemoryError(f'{len(named["inputs"])} images do not fit')


@HOOKS.register_module()
class PoisonHook(Hook):
    """Make one image's pixels NaN in a step, counted from 1."""

    def __init__(self, at):
        self.at = at

    def before_train_iter(self, runner, batch_idx, data_batch):
        if runner.iter + 1 == self.at:
            data_batch['inputs'] = data_batch['inputs'].float()
            data_batch['inputs'][0] = torch.nan
