"""Gradients that are clipped by the size of the weights that they would change."""

from __future__ import annotations

from mmengine.hooks import Hook
from mmengine.runner import Runner
from timm.utils.agc import adaptive_clip_grad

from jaguar_mm.engine.bare_model import bare_model
from jaguar_mm.registry import HOOKS


@HOOKS.register_module()
class AdaptiveClipHook(Hook):
    """Before every update shorten the gradients of each output unit to a share of the length of its weights.

    Brock et al., ICML 2021, section 4.1; as there the head is left as it is. The gradients are those of the whole
    batch, after accumulation and without a loss scale.

    Args:
        factor: The greatest length of a unit's gradient over that of its weights.
        least: Length that weights are taken to have at least, so that those that are zero can be learnt.
    """

    def __init__(self, factor: float = 0.01, least: float = 1e-3) -> None:
        self.factor, self.least = factor, least

    def before_train(self, runner: Runner) -> None:
        """Begin to clip."""
        model = bare_model(runner)
        clipped = [parameter for name, parameter in model.named_parameters() if not name.startswith('head.')]
        self.handle = runner.optim_wrapper.optimizer.register_step_pre_hook(
            lambda *_: adaptive_clip_grad(clipped, self.factor, self.least)
        )

    def after_train(self, runner: Runner) -> None:
        """Stop."""
        self.handle.remove()
