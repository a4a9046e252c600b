"""A banner at the start and one line an epoch; everything else is in the log file."""

from __future__ import annotations

import sys
import time
from typing import Any

import torch
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner
from rich.console import Console
from rich.progress import Progress

from jaguar_mm.engine.console import say
from jaguar_mm.registry import HOOKS

WIDTH = 11  # letters of a name in the banner
MIXED = ('AmpOptimWrapper', 'CPUAmpOptimWrapper')


@HOOKS.register_module()
class ConsoleHook(Hook):
    """Say what runs, and how each epoch went; on a terminal a bar shows how far it is.

    With this hook among the config's ``default_hooks`` the runner keeps the rest of the stack's messages to the log
    file.
    """

    priority = 'VERY_LOW'

    def __init__(self) -> None:
        self.begun = 0.0
        self.line = ''  # of an epoch whose validation is still to come
        self.bar: Progress | None = None

    @master_only
    def before_train(self, runner: Runner) -> None:
        """Say what is trained on what."""
        images = runner.train_dataloader.dataset
        batch = runner.train_dataloader.batch_size
        classes = images.metainfo.get('classes', ())
        steps = f'{runner.max_epochs} epochs of {len(runner.train_dataloader)} steps of {batch} images'
        told = {
            'config': runner.cfg.filename,
            'training': f'{len(images):,} images of {len(classes)} classes, {images.source}',
        }
        if runner.val_loop is not None:
            validated = runner.val_dataloader.dataset
            told['validation'] = f'{len(validated):,} images, {validated.source}'
        mixed = runner.cfg.optim_wrapper.get('type') in MIXED
        told |= described(runner, mixed)
        banner(runner, told | {'run': f'{steps}, seed {runner.seed}', 'files': runner.work_dir})

    @master_only
    def before_test(self, runner: Runner) -> None:
        """Say what is tested on what."""
        images = runner.test_dataloader.dataset
        told = {'config': runner.cfg.filename, 'test': f'{len(images):,} images, {images.source}'}
        mixed = runner.cfg.test_cfg.get('fp16', False)
        banner(runner, told | described(runner, mixed) | {'files': runner.work_dir})

    @master_only
    def before_train_epoch(self, runner: Runner) -> None:
        """Finish the last epoch's line, and begin."""
        self._say(runner)
        self.begun = time.perf_counter()
        if sys.stderr.isatty():
            self.bar = Progress(console=Console(stderr=True), transient=True)
            self.bar.start()
            self.bar.add_task(f'epoch {runner.epoch + 1}', total=len(runner.train_dataloader))

    @master_only
    def after_train_iter(self, runner: Runner, *_: Any, **__: Any) -> None:
        """Move the bar."""
        if self.bar is not None:
            self.bar.advance(self.bar.task_ids[0])

    @master_only
    def after_train_epoch(self, runner: Runner) -> None:
        """Note how it went."""
        if self.bar is not None:
            self.bar.stop()
            self.bar = None
        losses = runner.message_hub.get_scalar('train/loss').mean(len(runner.train_dataloader))
        rate = max(group['lr'] for group in runner.optim_wrapper.param_groups)
        spent = time.perf_counter() - self.begun
        count = f'{runner.epoch + 1:>{len(str(runner.max_epochs))}}/{runner.max_epochs}'
        self.line = f'epoch {count}   loss {losses:.4f}   lr {rate:.2e}   {spent:.0f} s'

    @master_only
    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Finish the epoch's line with the score that the best is chosen by."""
        saver = runner.cfg.get('default_hooks', {}).get('checkpoint', {})
        chosen = saver.get('save_best')
        if chosen in (metrics or {}):
            what = self.line or 'before the first step'
            self.line = f'{what}   {chosen} {metrics[chosen]:.4f}'
        self._say(runner)

    @master_only
    def after_train(self, runner: Runner) -> None:
        """Finish the last line."""
        self._say(runner)

    def _say(self, runner: Runner) -> None:
        if self.line:
            say(runner.logger, self.line)
        self.line = ''


def banner(runner: Runner, told: dict[str, object]) -> None:
    """Say some facts, one a line."""
    for name, fact in told.items():
        say(runner.logger, f'{name:<{WIDTH}}{fact}')


def described(runner: Runner, mixed: bool) -> dict[str, str]:
    """Return what is known of model and machine, and whether that computes in mixed precision."""
    model = runner.model.module if hasattr(runner.model, 'module') else runner.model
    backbone = runner.cfg.model.backbone
    count = sum(parameter.numel() for parameter in model.parameters())
    kind = backbone.get('model_name') or backbone.type
    return {
        'model': f'{kind}, {count / 1e6:.1f} million parameters',
        'weights': weights_of(runner, backbone),
        'machine': machine(runner, mixed),
    }


def machine(runner: Runner, mixed: bool) -> str:
    """Say where and in what numbers is computed."""
    if not torch.cuda.is_available():
        return f'CPU, {"bfloat16, which it computes in" if mixed else "float32"}, channels last'
    half = (runner.cfg.get('optim_wrapper') or {}).get('dtype', 'float16')
    return f'{torch.cuda.get_device_name()}, {half if mixed else "float32"}'


def weights_of(runner: Runner, backbone: dict) -> str:
    """Say where the weights come from."""
    if runner._load_from or runner._resume:
        return f'{"resumed from" if runner._resume else "from"} {runner._load_from or runner.work_dir}'
    if backbone.get('checkpoint_path'):
        return f'backbone from {backbone["checkpoint_path"]}'
    return "timm's" if backbone.get('pretrained') else 'random' if not backbone.get('init_cfg') else 'by init_cfg'
