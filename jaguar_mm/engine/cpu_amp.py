"""Mixed precision in bfloat16 on processors that compute in it; MMEngine's own wrapper asks for a GPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from torch import nn

from jaguar_mm.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class CPUAmpOptimWrapper(OptimWrapper):
    """MMEngine's optimiser wrapper, under which a model computes in bfloat16 where autocast deems that safe.

    bfloat16 has the range of float32, so no loss is scaled. Weights, gradients and the optimiser stay in float32.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Compute in mixed precision, without exchanging gradients while they are accumulated."""
        with super().optim_context(model), torch.autocast('cpu', torch.bfloat16):
            yield
