"""Every optimiser of timm by its name, as MMEngine builds optimisers: with groups of parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from timm.optim import Lookahead, create_optimizer_v2, list_optimizers
from torch.nn import Parameter
from torch.optim import Optimizer

from jaguar_mm.registry import OPTIMIZERS

LOOKAHEAD = 'lookahead_'


@OPTIMIZERS.register_module(name='TimmOptimizer')
def timm_optimizer(params: Iterable[Parameter] | Iterable[dict[str, Any]], name: str, **kwargs: Any) -> Optimizer:
    """Build an optimiser of timm.

    Weight decay is that of ``optim_wrapper.optimizer``, for norms and biases too unless ``optim_wrapper.paramwise_cfg``
    says otherwise: groups of parameters keep what they have.

    Args:
        params: Parameters, or groups of them; MMEngine gives them.
        name: One of ``timm.optim.list_optimizers()``. ``lookahead_NAME`` steps forward with NAME and every six steps
            half of the way back (Zhang et al., NeurIPS 2019).
        **kwargs: ``lr``, ``weight_decay`` and what else the optimiser takes.

    Raises:
        ValueError: If timm has no such optimiser.
    """
    if name.removeprefix(LOOKAHEAD) not in list_optimizers():
        raise ValueError(
            f'optim_wrapper.optimizer.name: timm has no optimiser {name!r}; timm.optim.list_optimizers() names all'
        )
    optimizer = create_optimizer_v2(params, name, **kwargs)
    if isinstance(optimizer, Lookahead):
        optimizer.__setstate__({})  # what Optimizer.__init__, which it does not call, does: steps call their hooks
    return optimizer
