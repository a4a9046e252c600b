from collections import Counter
from itertools import groupby

import pytest

from jaguar_mm.synthesis.plan import CompetitionSpec, plan_images


def plans_of(**options):
    return plan_images(CompetitionSpec(**options))


def part(plans, split):
    return [plan for plan in plans if plan.split == split]


@pytest.mark.parametrize('options', [{}, {'identities': 3, 'train_per_identity': 5, 'test_per_identity': 2}])
def test_every_animal_has_its_number_of_images(options):
    spec = CompetitionSpec(**options)
    plans = plan_images(spec)
    for split, count in (('train', spec.train_per_identity), ('test', spec.test_per_identity)):
        assert set(Counter(plan.name for plan in part(plans, split)).values()) == {count}
        total = count * spec.identities
        assert [plan.filename for plan in part(plans, split)] == [f'{split}_{i:04d}.png' for i in range(1, total + 1)]
    assert len({plan.number for plan in plans}) == len(plans)


def test_training_images_are_sorted_by_name_and_test_images_are_not():
    plans = plans_of()
    train, test = ([plan.name for plan in part(plans, split)] for split in ('train', 'test'))
    assert train == sorted(train)
    assert len(list(groupby(test))) > len(test) / 2


def test_bursts_are_runs_of_one_animal_at_one_station_within_train():
    plans = plans_of(flanks=2)
    runs = [list(run) for _, run in groupby(plans, key=lambda plan: plan.burst)]
    assert [run[0].burst for run in runs] == list(range(len(runs)))
    for run in runs:
        assert len({(plan.split, plan.identity, plan.flank, plan.camera) for plan in run}) == 1
        assert run[0].split == 'train' or len(run) == 1
    assert max(map(len, runs)) > 1


@pytest.mark.parametrize('mean', [1.0, 1.5, 4.0])
def test_mean_length_of_bursts(mean):
    train = part(plans_of(identities=10, train_per_identity=200, burst_length=mean), 'train')
    assert len(train) / len({plan.burst for plan in train}) == pytest.approx(mean, rel=0.1)


def test_background_dial():
    alone = plans_of(background_reliance=1.0)
    assert all(plan.camera == plan.identity for plan in alone)
    free = plans_of(background_reliance=0.0)
    share = sum(plan.camera == plan.identity for plan in free) / len(free)
    assert share < 0.15
    assert {plan.camera for plan in free} == set(range(16))


def test_flanks():
    assert {plan.flank for plan in plans_of(flanks=1)} == {0}
    assert Counter(plan.flank for plan in plans_of(flanks=2))[1] > 300


def test_the_seed_decides():
    assert plans_of(seed=1) == plans_of(seed=1)
    assert {p.name for p in plans_of(seed=1)} != {p.name for p in plans_of(seed=2)}


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('seed', -1),
        ('identities', 0),
        ('identities', 10**6),
        ('train_per_identity', 0),
        ('test_per_identity', -1),
        ('flanks', 3),
        ('size', 8),
        ('burst_length', 0.5),
        ('background_reliance', 1.1),
        ('background_reliance', float('nan')),
        ('round', 0),
    ],
)
def test_values_out_of_range_are_refused_by_name(name, value):
    with pytest.raises(ValueError, match=name):
        CompetitionSpec(**{name: value})
