"""A tiny synthetic competition, made once by the real tool, and a model to match."""

import pytest

from tests.tools.running import CONFIG, tool

IDENTITIES = 3


@pytest.fixture(scope='session')
def competition(tmp_path_factory):
    out = tmp_path_factory.mktemp('competition') / 'data'
    arguments = ['--identities', IDENTITIES, '--train-per-identity', 10, '--test-per-identity', 3, '--size', 96]
    tool('make_synthetic.py', '--out', out, *arguments, '--workers', 1)
    return out


@pytest.fixture(scope='session')
def options(competition):
    """Flags that put the CPU-size v3 on the tiny competition."""
    roots = [f'{name}_dataloader.dataset.data_root={competition}' for name in ('train', 'val', 'test')]
    workers = [f'{name}_dataloader.num_workers=0' for name in ('train', 'val', 'test')]
    sizes = ['train_dataloader.batch_size=4', f'model.head.num_classes={IDENTITIES}']
    short = ['train_cfg.max_epochs=2', 'train_cfg.val_interval=2', 'default_hooks.logger.interval=1']
    return ['--cfg-options', *roots, *workers, *sizes, *short]


@pytest.fixture(scope='session')
def trained(tmp_path_factory, options):
    """Work dir of a finished training run."""
    work = tmp_path_factory.mktemp('trained')
    done = tool('train.py', CONFIG, '--work-dir', work, *options)
    (work / 'output.txt').write_text(done.stdout + done.stderr)
    return work


@pytest.fixture(scope='session')
def checkpoint(trained):
    return (trained / 'last_checkpoint').read_text().strip()
