"""Which parameters of a network its output depends on: found by running it, not by their names."""

from __future__ import annotations

import torch
from torch import nn
from torch.func import functional_call

from jaguar_mm.randomness import seeded

BATCH = 2  # normalisation in training needs more than one value a channel


def unreached_parameters(network: nn.Module, shape: tuple[int, int, int]) -> set[str]:
    """Return the names of the parameters that the output does not depend on.

    They never get a gradient, and distributed training waits for it in vain. The network runs forwards and backwards
    once with stand-ins for its weights and buffers: on the meta device, where only shapes are computed, or with zeros
    on the CPU if an operation has no such form. Weights, buffers and random numbers stay as they are.

    Args:
        network: Called with images (B, C, H, W), it returns a tuple of tensors.
        shape: C, H and W of the images.
    """
    try:
        return _without_gradient(network, shape, 'meta')
    except (RuntimeError, NotImplementedError):
        return _without_gradient(network, shape, 'cpu')


def _without_gradient(network: nn.Module, shape: tuple[int, int, int], device: str) -> set[str]:
    with seeded('reach'), torch.device(device), torch.inference_mode(False), torch.enable_grad():
        parameters = {name: torch.zeros_like(value, device=device) for name, value in network.named_parameters()}
        buffers = {name: torch.zeros_like(value, device=device) for name, value in network.named_buffers()}
        for parameter in parameters.values():
            parameter.requires_grad_()
        outputs = functional_call(network, (parameters, buffers), (torch.zeros(BATCH, *shape),))
        total = sum(output.sum() for output in outputs)
        gradients = torch.autograd.grad(total, list(parameters.values()), allow_unused=True)
    return {name for name, gradient in zip(parameters, gradients, strict=True) if gradient is None}
