"""Gradients are clipped unit by unit, by the size of the weights, and the head's are not."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from jaguar_mm.registry import HOOKS


def model(dtype):
    torch.manual_seed(0)
    backbone, neck, head = torch.nn.Conv2d(2, 4, 3), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 3)
    parts = torch.nn.ModuleDict(dict(backbone=backbone, neck=neck, head=head)).to(dtype)
    with torch.no_grad():
        parts.backbone.weight[0] = 0.0  # a unit that has learnt nothing yet
    for parameter in parts.parameters():
        parameter.grad = torch.randn_like(parameter)
        parameter.grad[-1] *= 1e-6  # short already
    return parts


def clipped(weight, gradient, factor, least):
    """Equation 3 of Brock et al., ICML 2021; what has one axis is one unit."""
    units = [(...,)] if weight.ndim == 1 else list(range(len(weight)))
    result = gradient.copy()
    for unit in units:
        longest = factor * max(np.linalg.norm(weight[unit]), least)
        length = np.linalg.norm(gradient[unit])
        if length > longest:
            result[unit] = gradient[unit] * longest / length
    return result


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
@pytest.mark.parametrize(('factor', 'least'), [(0.01, 1e-3), (0.3, 0.1)])
def test_gradients_are_clipped_before_the_step(dtype, factor, least):
    net = model(dtype)
    before = {name: (p.detach().numpy().copy(), p.grad.numpy().copy()) for name, p in net.named_parameters()}
    optimizer = torch.optim.SGD(net.parameters(), lr=1.0)
    hook = HOOKS.build(dict(type='AdaptiveClipHook', factor=factor, least=least))
    runner = SimpleNamespace(model=net, optim_wrapper=SimpleNamespace(optimizer=optimizer))
    hook.before_train(runner)
    optimizer.step()
    for name, parameter in net.named_parameters():
        weight, gradient = before[name]
        expected = gradient if name.startswith('head.') else clipped(weight, gradient, factor, least)
        assert (expected != gradient).any() != name.startswith('head.')
        np.testing.assert_allclose(parameter.detach().numpy(), weight - expected, rtol=1e-5, atol=1e-7)
    hook.after_train(runner)
    assert not optimizer._optimizer_step_pre_hooks
