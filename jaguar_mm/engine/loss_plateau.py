"""A rate that falls when the loss of the training does not: MMEngine's looks at a validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from mmengine.dist import all_reduce
from mmengine.logging import MessageHub
from mmengine.optim import ReduceOnPlateauLR

from jaguar_mm.registry import PARAM_SCHEDULERS


@PARAM_SCHEDULERS.register_module()
class LossPlateauLR(ReduceOnPlateauLR):
    """Multiply the rate by ``factor`` when the mean loss of an epoch has not fallen for more than ``patience`` epochs.

    All processes see the mean of their losses. Arguments are those of MMEngine's ``ReduceOnPlateauLR``, without
    ``monitor`` and ``rule``; to look at a validation instead, use that one.
    """

    need_val_args = False

    def step(self, metrics: Mapping[str, Any] | None = None) -> None:
        """Take down the loss of the epoch that has just ended, and lower the rate if it is time.

        Args:
            metrics: Not used.
        """
        super().step()  # counts the epoch
        super().step({self.monitor: epoch_loss()})


def epoch_loss() -> float:
    """Return the mean loss of the last epoch over all its steps and all processes."""
    hub = MessageHub.get_current_instance()
    steps = hub.get_info('max_iters') // hub.get_info('max_epochs')
    mean = torch.tensor(hub.get_scalar('train/loss').mean(steps), dtype=torch.float64)
    all_reduce(mean, 'mean')
    return float(mean)
