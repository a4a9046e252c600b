"""Single numbers of the model among the losses of the log."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real

from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import nn

from jaguar_mm.engine.bare_model import bare_model
from jaguar_mm.registry import HOOKS


@HOOKS.register_module()
class ScalarsHook(Hook):
    """Log every parameter that is one number, such as GeM's exponent, and every ``margin`` of a loss.

    Each has the name that it has in the model: ``neck.0.p``, ``head.losses.arcface.margin``. They go where the losses
    go: the log, ``scalars.json``, TensorBoard, Weights & Biases. As of the losses, a mean over the last steps is logged
    of those that have ``loss`` in their name.
    """

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict, outputs: dict) -> None:
        """Take the numbers down; the logger, which comes after, writes them."""
        for name, value in single_numbers(bare_model(runner)):
            runner.message_hub.update_scalar(f'train/{name}', value)


def single_numbers(model: nn.Module) -> Iterator[tuple[str, float]]:
    """Yield name and value of the parameters of one element, and of the attributes ``margin``."""
    for name, parameter in model.named_parameters():
        if parameter.numel() == 1:
            yield name, parameter.detach().item()
    for name, module in model.named_modules():
        if isinstance(margin := getattr(module, 'margin', None), Real):
            yield f'{name}.margin', float(margin)
