"""Stop before a loss or gradient that is no number reaches the weights, and say which images it came from."""

from __future__ import annotations

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor, nn

from jaguar_mm.engine.bare_model import bare_model
from jaguar_mm.registry import HOOKS


class NonFiniteError(ArithmeticError):
    """A loss or gradient is NaN or infinite; the message names the images."""


@HOOKS.register_module()
class FiniteHook(Hook):
    """Check every loss and, before every update of the weights, every gradient.

    One look at the device an update, so nearly free. A gradient that a loss scaler finds infinite is left to it, as it
    skips that update itself; a loss is not.
    """

    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self.losses: list[tuple[Tensor, list[str]]] = []  # since the last check: the loss (), and its images
        self.handles: list = []

    def before_train(self, runner: Runner) -> None:
        """Begin to watch the model's losses and the optimiser's steps."""
        optimizer = runner.optim_wrapper.optimizer
        self.handles = [
            bare_model(runner).register_forward_hook(self._remember_loss, with_kwargs=True),
            optimizer.register_step_pre_hook(lambda *_: self._check(runner)),
        ]

    def after_train(self, runner: Runner) -> None:
        """Stop watching."""
        for handle in self.handles:
            handle.remove()

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict, outputs: dict) -> None:
        """Check the losses of an update that a loss scaler has skipped."""
        if self.losses and runner.optim_wrapper.should_update():
            self._check(runner, gradients=False)

    def _remember_loss(self, model: nn.Module, arguments: tuple, named: dict, output: object) -> None:
        if named.get('mode') != 'loss':
            return
        loss = sum(value.detach().sum() for value in output.values())
        self.losses.append((loss, [sample.get('image_name', '?') for sample in named['data_samples']]))

    def _check(self, runner: Runner, gradients: bool = True) -> None:
        """Raise NonFiniteError unless all is finite."""
        losses, self.losses = self.losses, []
        sums = [loss.float() for loss, _ in losses]
        if gradients:
            found = [p.grad for group in runner.optim_wrapper.optimizer.param_groups for p in group['params']]
            sums += torch._foreach_norm([gradient for gradient in found if gradient is not None])
        if torch.stack([value.float() for value in sums]).isfinite().all():
            return
        bad = [names for loss, names in losses if not loss.isfinite()]
        what = 'loss' if bad else 'gradient'
        names = [name for batch in bad or [names for _, names in losses] for name in batch]
        raise NonFiniteError(
            f'the {what} of step {runner.iter + 1} is not finite; the weights were not updated and the last checkpoint '
            f'is good. Look at these images: {", ".join(names)}; or lower optim_wrapper.optimizer.lr, or set '
            f'optim_wrapper.clip_grad'
        )
