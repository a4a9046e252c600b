"""A schedule follows max_epochs by itself; one that would rise again behind its end is refused; those of recipes."""

import math

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from jaguar_mm.configs.read import read_config
from jaguar_mm.engine.hooks.schedule import ScheduleError, ScheduleHook
from tests.cli.running import ROOT

STEPS, LR = 4, 0.5
CONFIGS = sorted(path for path in (ROOT / 'configs').rglob('*.py') if path.parent.name != '_base_')
SCHEDULES = {path: read_config(path).get('param_scheduler') for path in CONFIGS}
COSINES = [path for path, schedule in SCHEDULES.items() if schedule and schedule[-1].type == 'CosineAnnealingLR']
RECIPES = {path.stem: schedule for path, schedule in SCHEDULES.items() if schedule and path.parent.name == 'schedules'}


class Model(torch.nn.Module):
    def __init__(self, losses=()):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)
        self.losses = iter(losses)

    def train_step(self, data, optim_wrapper):
        optim_wrapper.update_params(self.layer(torch.ones(1, 1)).sum())
        return {'loss': torch.tensor(next(self.losses, 0.0))}


class Rates(Hook):
    """Keep the rate of every step."""

    def __init__(self):
        self.rates = []

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.rates.append(runner.optim_wrapper.optimizer.param_groups[0]['lr'])


def rates(tmp_path, schedule, epochs, losses=()):
    seen = Rates()
    Runner(
        model=Model(losses),
        default_scope='jaguar_mm',
        work_dir=str(tmp_path),
        train_dataloader=dict(
            batch_size=1, dataset=list(range(STEPS)), sampler=dict(type='DefaultSampler', shuffle=False)
        ),
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=LR)),
        param_scheduler=schedule,
        custom_hooks=[seen, ScheduleHook()],
        default_hooks=dict(checkpoint=None, logger=None),
        experiment_name=f'{tmp_path.name}_{epochs}_{id(seen)}',
        log_level='ERROR',
    ).train()
    return seen.rates


def cosine(step, total, least):
    return least + (LR - least) * (1 + math.cos(math.pi * step / total)) / 2


@pytest.mark.parametrize('epochs', [1, 2, 5])
@pytest.mark.parametrize('path', COSINES, ids=lambda path: path.stem)
def test_the_rate_of_every_config_falls_until_the_last_epoch_whatever_that_is(tmp_path, path, epochs):
    schedule = read_config(path, {'train_cfg.max_epochs': epochs}).param_scheduler
    falling = schedule[-1]
    assert 'T_max' not in falling
    total = epochs * STEPS
    expected = [cosine(step, total, falling.get('eta_min', 0)) for step in range(total)]
    assert rates(tmp_path, [falling], epochs) == pytest.approx(expected)


BY_EPOCH = dict(type='CosineAnnealingLR', by_epoch=True)
BY_STEP = dict(type='CosineAnnealingLR', by_epoch=False)
CONVERTED = BY_EPOCH | dict(convert_to_iter_based=True)


@pytest.mark.parametrize(
    ('schedule', 'message'),
    [
        (CONVERTED | dict(T_max=2), r'param_scheduler\.0: falls until 8 of 16 steps .*leave T_max out'),
        (BY_EPOCH | dict(T_max=2), 'falls until 2 of 4 epochs'),
        (BY_EPOCH | dict(T_max=2, end=100), 'falls until 2 of 4 epochs'),
        (BY_STEP | dict(T_max=10), 'falls until 10 of 16 steps'),
        (CONVERTED | dict(T_max=1, begin=1), 'falls until 8 of 16 steps'),
    ],
)
def test_a_rate_that_would_rise_again_is_refused_before_the_first_step(tmp_path, schedule, message):
    with pytest.raises(ScheduleError, match=message):
        rates(tmp_path, [schedule], 4)


@pytest.mark.parametrize(
    'schedule',
    [
        CONVERTED | dict(T_max=2, end=2),
        CONVERTED | dict(T_max=8),
        CONVERTED | dict(begin=1),
        BY_STEP | dict(T_max=16),
        BY_EPOCH | dict(T_max=4),
        BY_EPOCH,
        dict(type='MultiStepLR', milestones=[2]),
    ],
)
def test_a_rate_that_does_not_rise_is_taken(tmp_path, schedule):
    found = rates(tmp_path, [schedule], 4)
    assert len(found) == 16
    assert found == sorted(found, reverse=True)


def step_rate(step, total):
    return LR * 0.1 ** ((step >= 7 * STEPS) + (step >= 10 * STEPS))


def restarted(step, total):
    return cosine(step % (4 * STEPS), 4 * STEPS, 0)


def one_cycle(step, total):
    most, least, top = 3e-3, 3e-3 / 25, 0.3 * total - 1
    if step <= top:
        return least + (most - least) * (1 - math.cos(math.pi * step / top)) / 2
    rest, end = (step - top) / (total - 1 - top), least / 1e4
    return end + (most - end) * (1 + math.cos(math.pi * rest)) / 2


def warmed_up(step, total):
    return (0.02 + 0.98 * min(step / 49, 1)) * cosine(step, total, 0)


FORMULAS = dict(
    step=step_rate,
    cosine=lambda step, total: cosine(step, total, 0),
    linear=lambda step, total: LR * (1 - step / (total - 1)),
    warm_restarts=restarted,
    one_cycle=one_cycle,
    warm_up_cosine=warmed_up,
)


@pytest.mark.parametrize('name', sorted(RECIPES.keys() - {'plateau'}))
def test_the_rate_of_a_recipe_is_what_its_formula_says(tmp_path, name):
    total = 12 * STEPS
    expected = [FORMULAS[name](step, total) for step in range(total)]
    assert rates(tmp_path, RECIPES[name], 12) == pytest.approx(expected, abs=1e-12)


def test_the_rate_falls_when_the_loss_of_an_epoch_has_not(tmp_path):
    means = [9.0, 8.0, 7.99, 7.995, 7.0, 7.5, 7.5, 7.5, 7.5, 6.0]
    losses = [mean + off for mean in means for off in (-2.0, 1.0, 1.0, 0.0)]
    rate, best, bad, expected = LR, math.inf, 0, []
    for mean in means:
        expected += [rate] * STEPS
        best, bad = (mean, 0) if mean < best * 0.99 else (best, bad + 1)
        if bad == 2:
            rate, bad = 0.3 * rate, 0
    assert len(set(expected)) == 4
    assert rates(tmp_path, RECIPES['plateau'], len(means), losses) == pytest.approx(expected)
