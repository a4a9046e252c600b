"""Search a learning rate: train with a rate that grows step by step, and look at the loss."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

import numpy as np
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from scipy.ndimage import gaussian_filter1d

from jaguar_mm.engine.hooks.finite import NonFiniteError
from jaguar_mm.engine.launch import build_runner

EXPLODED = 4.0  # times the lowest loss so far
SMOOTHED_OVER = 3.0  # standard deviation, steps
AVERAGED = 5  # losses that are looked at together to see whether it explodes
NOT_NEEDED = dict(checkpoint=None, logger=None, param_scheduler=None)  # hooks that MMEngine else takes by itself


class Searched(NamedTuple):
    """What a search saw.

    Attributes:
        rates: ``optim_wrapper.optimizer.lr`` at each update of the weights.
        losses: Loss of each.
        smoothed: The losses as a curve.
        suggested: The rate at which the curve falls most steeply; None if it never falls.
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    suggested: float | None


class _SearchEnded(Exception):
    """There is nothing more to see."""


class RateSearchHook(Hook):
    """Give every update of the weights its rate, keep its loss, and end the training when that explodes.

    Groups of parameters keep how their rates stand to one another.

    Args:
        rates: Of the updates, in order.
        advance: Called after each.
    """

    priority = 'LOWEST'

    def __init__(self, rates: Sequence[float], advance: Callable[[], None] = lambda: None) -> None:
        self.rates, self.advance = rates, advance
        self.losses: list[float] = []
        self.parts: list[float] = []  # losses of the batches of an update

    def before_train(self, runner: Runner) -> None:
        """Note how the rates of the groups stand to that of the config."""
        optimizer = runner.optim_wrapper.optimizer
        self.shares = [group['lr'] / optimizer.defaults['lr'] for group in optimizer.param_groups]

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict) -> None:
        """Set the rates."""
        for group, share in zip(runner.optim_wrapper.optimizer.param_groups, self.shares, strict=True):
            group['lr'] = share * self.rates[len(self.losses)]

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict, outputs: dict) -> None:
        """Keep the loss."""
        self.parts.append(float(outputs['loss'].detach()))
        if not runner.optim_wrapper.should_update():
            return
        self.losses.append(math.fsum(self.parts) / len(self.parts))
        self.parts.clear()
        self.advance()
        if len(self.losses) == len(self.rates) or has_exploded(self.losses):
            raise _SearchEnded


def has_exploded(losses: Sequence[float]) -> bool:
    """Say whether the last losses are that much above the lowest before, each the mean of a few."""
    means = np.convolve(losses, np.ones(AVERAGED) / AVERAGED, 'valid')
    return len(means) > 0 and means[-1] > EXPLODED * means.min()


def search_rate(cfg: Config, rates: Sequence[float], advance: Callable[[], None] = lambda: None) -> Searched:
    """Train a config's model for some steps, each with its rate; nothing of it is kept.

    Model, images, optimiser and precision are those of the config; its schedule, validation and work dir are not used.

    Args:
        cfg: A config that was loaded for training; changed in place.
        rates: Of the steps, in order.
        advance: Called after each.

    Raises:
        ValueError: If the first steps cannot be done, so that there is no loss to look at.
    """
    hook = RateSearchHook(rates, advance)
    cfg.param_scheduler, cfg.resume = [], False
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    cfg.train_cfg.max_epochs = len(rates) * cfg.optim_wrapper.get('accumulative_counts', 1)
    cfg.default_hooks.update(NOT_NEEDED)
    cfg.default_hooks.pop('console', None)
    cfg.log_level = 'WARNING'
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        cfg.work_dir = folder
        runner = build_runner(cfg)
        runner.register_hook(hook)
        with suppress(_SearchEnded, NonFiniteError):
            runner.train()
    return judge(rates[: len(hook.losses)], hook.losses)


def judge(rates: Sequence[float], losses: Sequence[float]) -> Searched:
    """Smooth losses and find where they fall most steeply over the logarithm of the rate, before their lowest point.

    Args:
        rates: Growing.
        losses: As many.

    Raises:
        ValueError: If there are fewer than three.
    """
    if len(losses) < 3:
        raise ValueError(
            f'the loss exploded after {len(losses)} steps; begin with a lower rate (--low), or look at the images with '
            f'jaguar-mm browse'
        )
    smoothed = gaussian_filter1d(np.asarray(losses, np.float64), SMOOTHED_OVER, mode='nearest')
    slopes = np.gradient(smoothed, np.log(rates))
    before = slopes[: int(smoothed.argmin()) + 1]
    place = int(before.argmin())
    return Searched(np.asarray(rates), np.asarray(losses), smoothed, float(rates[place]) if before[place] < 0 else None)
