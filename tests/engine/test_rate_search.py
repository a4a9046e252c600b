"""What a search of rates makes of the losses that it saw, and what it does to the optimiser."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.optim import OptimWrapper

from jaguar_mm.engine.rate_search import RateSearchHook, has_exploded, judge

RATES = np.geomspace(1e-6, 10, 100)


def losses(steepest, noise=0.0):
    """A loss that falls from 9 to 3 along a logistic curve over the logarithm of the rate, then explodes."""
    place = np.log10(RATES)
    falling = 9 - 6 / (1 + np.exp(-3 * (place - math.log10(steepest))))
    rising = 40 / (1 + np.exp(-8 * (place - 0.5)))
    return falling + rising + noise * np.random.default_rng(0).normal(size=len(place))


@pytest.mark.parametrize('steepest', [1e-4, 1e-3, 1e-2])
@pytest.mark.parametrize('noise', [0.0, 0.1])
def test_the_rate_is_where_the_loss_falls_most_steeply(steepest, noise):
    found = judge(RATES, losses(steepest, noise))
    assert abs(math.log10(found.suggested / steepest)) < (0.05 if noise == 0 else 0.4)


def test_the_curve_is_a_mean_weighted_by_distance():
    seen = losses(1e-3, 0.1)
    found = judge(RATES, seen).smoothed
    padded = np.concatenate([np.full(20, seen[0]), seen, np.full(20, seen[-1])])
    for place in range(len(seen)):
        weights = [math.exp(-(off**2) / 18) for off in range(-12, 13)]
        window = padded[20 + place - 12 : 20 + place + 13]
        assert found[place] == pytest.approx(np.dot(weights, window) / sum(weights), rel=1e-9)


def test_a_loss_that_never_falls_gives_no_rate():
    assert judge(RATES, np.linspace(3, 9, 100)).suggested is None


def test_a_loss_that_explodes_at_once_is_told():
    with pytest.raises(ValueError, match=r'exploded after 2 steps; begin with a lower rate \(--low\)'):
        judge(RATES[:2], [1.0, 2.0])


def test_it_explodes_when_the_last_five_are_four_times_the_lowest_five():
    calm = [2.0] * 10
    assert not has_exploded([100.0])
    assert not has_exploded([*calm, 30.0])
    assert not has_exploded([*calm, *[7.9] * 5])
    assert has_exploded([*calm, *[8.1] * 5])


def test_groups_keep_how_their_rates_stand_to_one_another():
    weights = [torch.nn.Parameter(torch.ones(1)) for _ in range(2)]
    groups = [dict(params=weights[:1], lr=0.5), dict(params=weights[1:], lr=0.05)]
    wrapper = OptimWrapper(torch.optim.SGD(groups, lr=0.5), accumulative_counts=2)
    wrapper.initialize_count_status(torch.nn.Module(), 0, 100)
    runner, hook, seen = SimpleNamespace(optim_wrapper=wrapper), RateSearchHook([0.1, 0.2, 0.4]), []
    hook.before_train(runner)
    for batch in range(4):
        hook.before_train_iter(runner, batch, {})
        seen.append([group['lr'] for group in wrapper.optimizer.param_groups])
        wrapper.update_params(sum(weight.sum() for weight in weights))
        hook.after_train_iter(runner, batch, {}, {'loss': torch.tensor(batch + 1.0)})
    assert np.allclose(seen, [[0.1, 0.01], [0.1, 0.01], [0.2, 0.02], [0.2, 0.02]])
    assert hook.losses == [1.5, 3.5]
