"""A training that is interrupted again and again ends with the very bits of one that is not."""

import os
import signal
import subprocess
import sys

import pytest
import torch

from jaguar_mm.engine.checkpoint_file import read_checkpoint
from tests.tools.running import ROOT

CONFIG = ROOT / 'tests' / 'engine' / 'resume_config.py'
STEPS = 6  # an epoch
RUN = ('experiment_name', 'runtime_info.epoch', 'runtime_info.iter', 'runtime_info.eta')  # of the run, not the training


def train(competition, work, *options, config=CONFIG, ranks=1, extra=(), limit=None):
    """Run tools/train.py, always the same command."""
    roots = [f'{name}_dataloader.dataset.data_root={competition}' for name in ('train', 'val')]
    launcher = ['-m', 'torch.distributed.run', '--standalone', f'--nproc-per-node={ranks}', *extra] if ranks > 1 else []
    command = [sys.executable, *launcher, 'tools/train.py', str(config), '--work-dir', str(work), '--resume']
    command += ['--launcher', 'pytorch'] if ranks > 1 else []
    environment = os.environ | {'PYTHONPATH': str(ROOT / 'tests' / 'engine'), 'OMP_NUM_THREADS': '1'}
    return subprocess.run(
        [*command, '--cfg-options', *roots, *options],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        preexec_fn=limit,
    )


def faulty_config(folder, **faults):
    """Write a config with a fault for every name, marked by a file of that name."""
    hooks = [dict(type='FaultHook', marker=str(folder / name), **fault) for name, fault in faults.items()]
    config = folder / 'faulty.py'
    config.write_text(f'_base_ = {str(CONFIG)!r}\ncustom_hooks = {hooks!r}\n')
    return config


def settings(workers, accumulation, ranks):
    return [
        f'train_dataloader.num_workers={workers}',
        f'train_dataloader.persistent_workers={workers > 0}',
        f'train_dataloader.batch_size={4 // ranks}',
        f'optim_wrapper.accumulative_counts={accumulation}',
    ]


def assert_same(one, other, place='checkpoint'):
    """Compare two checkpoints bit by bit, losses of every step included; times and names of the run aside."""
    assert type(one) is type(other), place
    if isinstance(one, dict):
        assert one.keys() == other.keys(), place
        for key in one:
            if key not in ('time', 'data_time', 'train/time', 'train/data_time', 'val/time', 'val/data_time', 'cfg'):
                assert_same(one[key], other[key], f'{place}.{key}')
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), place
        for index, pair in enumerate(zip(one, other, strict=True)):
            assert_same(*pair, f'{place}[{index}]')
    elif isinstance(one, torch.Tensor):
        assert torch.equal(one, other), place
    elif hasattr(one, 'data') and hasattr(one, 'statistics'):
        assert [column.tolist() for column in one.data] == [column.tolist() for column in other.data], place
    elif not place.endswith(RUN):
        assert one == other, place


@pytest.fixture(scope='module')
def uninterrupted(competition, tmp_path_factory):
    """Final checkpoints of trainings that nothing has interrupted, by settings; the workers make no difference."""
    found = {}

    def final(accumulation, ranks):
        if (accumulation, ranks) not in found:
            work = tmp_path_factory.mktemp('uninterrupted')
            done = train(competition, work, *settings(0, accumulation, ranks), ranks=ranks)
            assert done.returncode == 0, done.stderr[-3000:]
            found[accumulation, ranks] = work
        return found[accumulation, ranks]

    return final


QUICK = [(2, 4, 1), (0, 1, 2)]
ALL = [(workers, accumulation, ranks) for workers in (0, 2) for accumulation in (1, 4) for ranks in (1, 2)]
CASES = [pytest.param(*case, marks=[] if case in QUICK else pytest.mark.slow) for case in ALL]


@pytest.mark.parametrize(('workers', 'accumulation', 'ranks'), CASES)
def test_interrupted_equals_uninterrupted(competition, uninterrupted, tmp_path, workers, accumulation, ranks):
    other = ranks - 1
    faults = dict(
        step=dict(moment='step', at=5, rank=other),
        validation=dict(moment='validation', at=STEPS),
        save=dict(moment='save', at=STEPS + 4),
        polite=dict(moment='step', at=STEPS + 5, number='SIGTERM', rank=other),
        end=dict(moment='validation', at=3 * STEPS),
    )
    work, config, options = tmp_path / 'work', faulty_config(tmp_path, **faults), settings(workers, accumulation, ranks)
    for interruption in faults:
        done = train(competition, work, *options, config=config, ranks=ranks)
        assert done.returncode != 0
        assert (tmp_path / interruption).exists(), done.stderr[-3000:]
        if interruption == 'polite':
            assert 'SIGTERM: saved and stopped' in done.stdout + done.stderr
            assert ranks > 1 or done.returncode == 128 + signal.SIGTERM
    done = train(competition, work, *options, config=config, ranks=ranks)
    assert done.returncode == 0, done.stderr[-3000:]
    assert not list(work.glob('*.partial'))
    reference = uninterrupted(accumulation, ranks)
    names = sorted(path.name for path in work.glob('*.pth'))
    assert names == sorted(path.name for path in reference.glob('*.pth'))
    for name in names:
        assert_same(read_checkpoint(work / name), read_checkpoint(reference / name), name)
