"""A training that is interrupted again and again ends with the very bits of one that is not."""

import signal

import pytest

from jaguar_mm.engine.checkpoints.file import read_checkpoint
from tests.engine.training import STOCK, assert_same, config_with_hooks, settings, train

STEPS = 6  # an epoch
QUICK = [(2, 4, 1)]
ALL = [(workers, accumulation, ranks) for workers in (0, 2) for accumulation in (1, 4) for ranks in (1, 2)]
CASES = [pytest.param(*case, marks=[] if case in QUICK else pytest.mark.slow) for case in ALL]


@pytest.fixture(scope='module')
def uninterrupted(competition, tmp_path_factory):
    """Work dirs of trainings that nothing has interrupted, without workers: they make no difference."""
    found = {}

    def work_dir(accumulation, ranks):
        if (accumulation, ranks) not in found:
            found[accumulation, ranks] = work = tmp_path_factory.mktemp('uninterrupted')
            done = train(competition, work, *settings(0, accumulation, ranks), ranks=ranks)
            assert done.returncode == 0, done.stderr[-3000:]
        return found[accumulation, ranks]

    return work_dir


def assert_same_checkpoints(work, reference):
    names = sorted(path.name for path in work.glob('*.pth'))
    assert names == sorted(path.name for path in reference.glob('*.pth'))
    assert 'epoch_3.pth' in names
    for name in names:
        assert_same(read_checkpoint(work / name), read_checkpoint(reference / name), name)


@pytest.mark.parametrize(('workers', 'accumulation', 'ranks'), CASES)
def test_interrupted_equals_uninterrupted(competition, uninterrupted, tmp_path, workers, accumulation, ranks):
    last = ranks - 1
    faults = dict(
        step=dict(moment='step', at=5, rank=last),
        validation=dict(moment='validation', at=STEPS),
        save=dict(moment='save', at=STEPS + 4),
        polite=dict(moment='step', at=STEPS + 5, number='SIGTERM', rank=last),
        end=dict(moment='validation', at=3 * STEPS),
    )
    hooks = [dict(type='FaultHook', marker=str(tmp_path / name), **fault) for name, fault in faults.items()]
    run = dict(config=config_with_hooks(tmp_path, *hooks), ranks=ranks)
    work, options = tmp_path / 'work', settings(workers, accumulation, ranks)
    for interruption in faults:
        done = train(competition, work, *options, **run)
        assert done.returncode != 0
        assert (tmp_path / interruption).exists(), done.stderr[-3000:]
        if interruption == 'polite':
            assert 'SIGTERM: saved and stopped' in done.stdout + done.stderr
            assert ranks > 1 or done.returncode == 128 + signal.SIGTERM
    done = train(competition, work, *options, **run)
    assert done.returncode == 0, done.stderr[-3000:]
    assert not list(work.glob('*.partial'))
    assert_same_checkpoints(work, uninterrupted(accumulation, ranks))


def test_a_killed_process_is_replaced_by_torchrun(competition, uninterrupted, tmp_path):
    fault = dict(type='FaultHook', moment='step', at=9, rank=1, marker=str(tmp_path / 'killed'))
    run = dict(config=config_with_hooks(tmp_path, fault), ranks=2, launcher=['--max-restarts=1'])
    done = train(competition, tmp_path / 'work', *settings(ranks=2), **run)
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / 'killed').exists()
    assert_same_checkpoints(tmp_path / 'work', uninterrupted(1, 2))


@pytest.mark.slow
def test_the_stock_stack_does_not_come_back_the_same(competition, tmp_path):
    fault = dict(type='FaultHook', moment='step', at=STEPS + 2, marker=str(tmp_path / 'killed'))
    faulty = config_with_hooks(tmp_path, fault, base=STOCK)
    whole = train(competition, tmp_path / 'whole', *settings(), config=STOCK)
    assert whole.returncode == 0, whole.stderr[-3000:]
    assert train(competition, tmp_path / 'killed_once', *settings(), config=faulty).returncode != 0
    again = train(competition, tmp_path / 'killed_once', *settings(), config=faulty)
    assert again.returncode == 0, again.stderr[-3000:]
    weights = [read_checkpoint(tmp_path / run / 'epoch_3.pth')['state_dict'] for run in ('whole', 'killed_once')]
    assert any(not value.equal(weights[1][name]) for name, value in weights[0].items())
