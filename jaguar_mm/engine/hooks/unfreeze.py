"""A backbone that joins the training later than neck and head, at once or stage by stage."""

from __future__ import annotations

from collections.abc import Mapping

from mmengine.hooks import Hook
from mmengine.runner import Runner

from jaguar_mm.engine.bare_model import bare_model
from jaguar_mm.networks import TimmFeatures
from jaguar_mm.registry import HOOKS


@HOOKS.register_module()
class UnfreezeHook(Hook):
    """Before each epoch freeze the backbone up to the depth that a schedule says, batch norms included.

    The optimiser has all parameters from the start and steps past those that have no gradient. A training that is
    resumed goes on with what its epoch says. On several processes set ``find_unused_parameters=True``.

    Args:
        schedule: Epoch, from 0 on, to ``frozen_stages`` of :class:`~jaguar_mm.networks.TimmFeatures` from then on:
            ``{0: 4, 6: -1}`` freezes the stem and four stages, and after six epochs nothing.

    Raises:
        ValueError: If the schedule says nothing of the first epoch.
    """

    def __init__(self, schedule: Mapping[int, int]) -> None:
        if 0 not in schedule:
            raise ValueError('UnfreezeHook.schedule says nothing of epoch 0; {0: 4, 6: -1} is one that does')
        self.schedule = dict(schedule)

    def before_train(self, runner: Runner) -> None:
        """Check the whole schedule.

        Raises:
            ValueError: If the backbone has no such depths, or parts of it are not in the optimiser.
        """
        known = {id(value) for group in runner.optim_wrapper.param_groups for value in group['params']}
        backbone = _backbone(runner)
        for epoch, depth in self.schedule.items():
            try:
                backbone.freeze_stages(depth)
            except ValueError as error:
                raise ValueError(f'UnfreezeHook.schedule, epoch {epoch}: {error}') from error
            if any(value.requires_grad and id(value) not in known for value in backbone.parameters()):
                raise ValueError(
                    'UnfreezeHook trains parts of the backbone that are not in the optimiser; leave '
                    'model.backbone.frozen_stages at -1, the schedule says what is frozen'
                )

    def before_train_epoch(self, runner: Runner) -> None:
        """Freeze what this epoch leaves as it is."""
        begun = max(epoch for epoch in self.schedule if epoch <= runner.epoch)
        _backbone(runner).freeze_stages(self.schedule[begun])


def _backbone(runner: Runner) -> TimmFeatures:
    backbone = bare_model(runner).backbone
    if not isinstance(backbone, TimmFeatures):
        raise ValueError(
            f'UnfreezeHook freezes stages of a TimmFeatures, model.backbone is a {type(backbone).__name__}'
        )
    return backbone
