"""Batch norms of averaged weights, whose statistics are nobody's average."""

from __future__ import annotations

import torch
from mmengine.dist import broadcast
from mmengine.hooks import EMAHook, Hook
from mmengine.runner import Runner
from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.utils.data import DataLoader

from jaguar_mm.engine.all_images import all_images
from jaguar_mm.engine.bare_model import bare_model
from jaguar_mm.randomness import undisturbed
from jaguar_mm.registry import HOOKS


@HOOKS.register_module()
class AveragedStatisticsHook(Hook):
    """After the last epoch measure the statistics that the batch norms of the averaged weights see in training images.

    The last line of algorithm 1 of Izmailov et al., UAI 2018. The averages are those of an ``EMAHook`` with
    ``update_buffers=True``, so that validation, checkpoint and what is published take the statistics with the weights.
    Norms of frozen parts stay as they are.
    """

    def before_train(self, runner: Runner) -> None:
        """Check that there are averages.

        Raises:
            ValueError: If not, or if their statistics are always those of the last weights.
        """
        if not _averages(runner).update_buffers:
            raise ValueError(
                'AveragedStatisticsHook measures the averages of an EMAHook: set update_buffers=True in that'
            )

    def after_train_epoch(self, runner: Runner) -> None:
        """Measure, if it was the last epoch."""
        if self.is_last_train_epoch(runner):
            measure_statistics(_averages(runner).module, bare_model(runner), runner.train_dataloader)


def measure_statistics(averaged: nn.Module, trained: nn.Module, loader: DataLoader) -> None:
    """Set the running statistics of batch norms to means over batches, the same on all processes.

    Args:
        averaged: The model; the norms that are set are those that its twin is training.
        trained: The twin, in training.
        loader: Of the training images; all are looked at once, in batches of the training's size.
    """
    pairs = zip(averaged.train().modules(), trained.modules(), strict=True)
    norms = [norm for norm, twin in pairs if isinstance(norm, _NormBase) and norm.track_running_stats and twin.training]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.train().reset_running_stats()
        norm.momentum = None  # a plain mean
    with torch.no_grad(), undisturbed():
        for batch in all_images(loader, loader.drop_last):
            averaged.extract_feat(averaged.data_preprocessor(batch, training=False)['inputs'])
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        for buffer in norm.buffers():
            broadcast(buffer)


def _averages(runner: Runner) -> nn.Module:
    for hook in runner.hooks:
        if isinstance(hook, EMAHook):
            return hook.ema_model
    raise ValueError('AveragedStatisticsHook measures the averages of an EMAHook, and this training has none')
