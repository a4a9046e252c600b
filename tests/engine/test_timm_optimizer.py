"""Optimisers of timm: their steps, groups of parameters, hooks, and that they go on from a checkpoint bit for bit."""

import copy
import math

import pytest
import torch
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope

from jaguar_mm.configs.read import read_config
from jaguar_mm.engine.checkpoints.file import read_checkpoint, write_checkpoint
from jaguar_mm.registry import OPTIMIZERS
from tests.cli.running import ROOT

RECIPES = sorted((ROOT / 'configs' / 'recipes' / 'optimisers').glob('*.py'))
STEPS, SAVED = 16, 7  # Lookahead comes back every 6 steps


class Net(torch.nn.Module):
    def __init__(self, dtype=torch.float32):
        super().__init__()
        torch.manual_seed(0)
        self.kernel = torch.nn.Conv2d(2, 3, 3, dtype=dtype)
        self.norm = torch.nn.BatchNorm2d(3, dtype=dtype)
        self.head = torch.nn.Linear(3, 4, dtype=dtype)


def wrapper(net, optimizer, **settings):
    init_default_scope('jaguar_mm')
    return build_optim_wrapper(net, dict(type='OptimWrapper', optimizer=dict(optimizer), **settings))


def run(net, optimizer, steps):
    """Take some of the steps, each with gradients of its own."""
    for step in steps:
        random = torch.Generator().manual_seed(step)
        for parameter in net.parameters():
            parameter.grad = torch.randn(parameter.shape, generator=random).to(parameter.dtype)
        optimizer.step()
    return [parameter.detach().clone() for parameter in net.parameters()]


@pytest.mark.parametrize('path', RECIPES, ids=lambda path: path.stem)
def test_every_optimiser_goes_on_from_a_checkpoint_with_the_same_bits(path, tmp_path):
    config = read_config(path).optim_wrapper
    build = lambda net: wrapper(net, config.optimizer, paramwise_cfg=config.get('paramwise_cfg'))  # noqa: E731
    net = Net()
    start = [parameter.detach().clone() for parameter in net.parameters()]
    optimizer = build(net)
    run(net, optimizer, range(SAVED))
    saved = dict(optimizer=optimizer.state_dict(), state_dict=net.state_dict(), meta=dict(iter=SAVED, epoch=0))
    write_checkpoint(tmp_path / 'it.pth', saved)
    expected = run(net, optimizer, range(SAVED, STEPS))
    checkpoint, resumed = read_checkpoint(tmp_path / 'it.pth'), Net()
    resumed.load_state_dict(checkpoint['state_dict'])
    optimizer = build(resumed)
    optimizer.load_state_dict(checkpoint['optimizer'])
    found = run(resumed, optimizer, range(SAVED, STEPS))
    assert all(torch.equal(*pair) for pair in zip(found, expected, strict=True))
    assert not any(torch.equal(*pair) for pair in zip(found, start, strict=True))


def lion(gradients, weight, rate, decay, betas=(0.9, 0.99)):
    """Chen et al., NeurIPS 2023, program 1, for one number."""
    momentum = 0.0
    for gradient in gradients:
        update = math.copysign(1, betas[0] * momentum + (1 - betas[0]) * gradient) + decay * weight
        weight, momentum = weight - rate * update, betas[1] * momentum + (1 - betas[1]) * gradient
    return weight


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_a_step_is_the_paper_s(dtype):
    gradients = [0.3, -0.2, -0.4, 0.1]
    weight = torch.nn.Parameter(torch.tensor([0.7], dtype=dtype))
    optimizer = OPTIMIZERS.build(dict(type='TimmOptimizer', params=[weight], name='lion', lr=0.01, weight_decay=0.1))
    for gradient in gradients:
        weight.grad = torch.tensor([gradient], dtype=dtype)
        optimizer.step()
    assert weight.dtype == dtype
    assert weight.item() == pytest.approx(lion(gradients, 0.7, 0.01, 0.1), rel=1e-6)


def test_lookahead_goes_half_of_the_way_back_every_six_steps():
    weight = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = OPTIMIZERS.build(dict(type='TimmOptimizer', params=[weight], name='lookahead_momentum', lr=1.0))
    fast, slow, velocity, found = 0.0, None, 0.0, []
    for step in range(1, 20):
        weight.grad = torch.full((1,), 0.1 * step, dtype=torch.float64)
        optimizer.step()
        velocity = 0.9 * velocity + 0.1 * step
        fast -= velocity
        if step % 6 == 0:
            slow = fast if slow is None else slow + (fast - slow) / 2
            fast = slow
        found.append((weight.item(), fast))
    assert [one for one, _ in found] == pytest.approx([other for _, other in found])


@pytest.mark.parametrize('name', ['lamb', 'lookahead_adamw'])
def test_groups_keep_their_own_rate_and_decay(name):
    net = Net()
    optimizer = dict(type='TimmOptimizer', name=name, lr=0.1, weight_decay=0.01)
    paramwise = dict(norm_decay_mult=0.0, bias_decay_mult=0.0, custom_keys={'head': dict(lr_mult=5.0)})
    built = wrapper(net, optimizer, paramwise_cfg=paramwise)
    found = {}
    for group in built.param_groups:
        for each in group['params']:
            found[next((n for n, p in net.named_parameters() if p is each), 'base')] = (
                group['lr'],
                group['weight_decay'],
            )
    assert found.pop('base') == (0.1, 0.01)
    assert found == {
        'kernel.weight': (0.1, 0.01),
        'kernel.bias': (0.1, 0.0),
        'norm.weight': (0.1, 0.0),
        'norm.bias': (0.1, 0.0),
        'head.weight': (0.5, 0.01),
        'head.bias': (0.5, 0.01),
    }


@pytest.mark.parametrize('name', ['lion', 'lookahead_lion', 'lookahead_radam'])
def test_whoever_watches_the_steps_sees_each_of_them(name):
    net, seen = Net(), []
    optimizer = wrapper(net, dict(type='TimmOptimizer', name=name, lr=1e-3)).optimizer
    copy.deepcopy(optimizer)  # torch wraps the class's step when a copy is made
    before = optimizer.register_step_pre_hook(lambda *_: seen.append('before'))
    optimizer.register_step_post_hook(lambda *_: seen.append('after'))
    run(net, optimizer, range(2))
    assert seen == ['before', 'after'] * 2
    before.remove()
    run(net, optimizer, range(1))
    assert seen == ['before', 'after'] * 2 + ['after']


@pytest.mark.parametrize('name', ['adamm', 'lookahead_adamm', 'look_adam'])
def test_an_unknown_name_is_refused(name):
    with pytest.raises(ValueError, match=rf"optim_wrapper\.optimizer\.name: timm has no optimiser '{name}'"):
        OPTIMIZERS.build(dict(type='TimmOptimizer', params=Net().parameters(), name=name))
