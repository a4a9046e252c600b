"""Run the tiny training of resume_config.py as a user would, with or without faults, and compare what it leaves."""

import os
import subprocess
import sys
from pathlib import Path

import torch

from tests.cli.forked import run_forked
from tests.cli.running import ROOT, newest_log

CONFIG = ROOT / 'tests' / 'engine' / 'resume_config.py'
STOCK = CONFIG.with_name('stock_config.py')
# of the run, not of the training
RUN = ('experiment_name', 'mmengine_version', 'runtime_info.epoch', 'runtime_info.iter', 'runtime_info.eta')
UNCOMPARED = ('time', 'data_time', 'train/time', 'train/data_time', 'val/time', 'val/data_time', 'cfg')


def train(competition, work, *options, config=CONFIG, ranks=1, launcher=(), loaders=('train', 'val')):
    """Run jaguar-mm train, always the same command, ``--resume`` included.

    The data sets of ``loaders`` are put on the competition; the config itself says where the others are.
    """
    roots = [f'{name}_dataloader.dataset.data_root={competition}' for name in loaders]
    flags = [str(config), '--work-dir', str(work), '--resume']
    flags += [*(['--launcher', 'pytorch'] if ranks > 1 else []), '--cfg-options', *roots, *options]
    places = os.pathsep.join([str(ROOT / 'tests' / 'engine'), os.environ['PYTHONPATH']])
    environment = os.environ | {'PYTHONPATH': places, 'OMP_NUM_THREADS': '1'}
    if ranks == 1:
        done = run_forked(ROOT, 'train', *flags, timeout=300, environment=environment)
    else:
        distributed = ['-m', 'torch.distributed.run', '--standalone', f'--nproc-per-node={ranks}', *launcher]
        done = subprocess.run(
            [sys.executable, *distributed, 'tools/train.py', *flags],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            start_new_session=True,
        )
    done.stdout += newest_log(Path(work))
    return done


def config_with_hooks(folder, *hooks, base=CONFIG, also=''):
    """Write a config with further hooks, and perhaps with more."""
    config = folder / 'with_hooks.py'
    config.write_text(f'_base_ = {str(base)!r}\ncustom_hooks = {list(hooks)!r}\n{also}\n')
    return config


def settings(workers=0, accumulation=1, ranks=1):
    """Return options that keep four images to a step."""
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
        for key in one.keys() - set(UNCOMPARED):
            assert_same(one[key], other[key], f'{place}.{key}')
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), place
        for index, pair in enumerate(zip(one, other, strict=True)):
            assert_same(*pair, f'{place}[{index}]')
    elif isinstance(one, torch.Tensor):
        assert torch.equal(one, other), place
    elif hasattr(one, 'statistics'):  # a history
        assert [column.tolist() for column in one.data] == [column.tolist() for column in other.data], place
    elif not place.endswith(RUN):
        assert one == other, place
