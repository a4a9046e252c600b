"""A model for the tiny synthetic competition, trained once by the real tool."""

import pytest

from tests.cli.running import CONFIG, tool


@pytest.fixture(scope='session')
def options(competition):
    """Flags that put the CPU-size v3 on the tiny competition."""
    workers = [f'{name}_dataloader.num_workers=0' for name in ('train', 'val', 'test')]
    sizes = ['train_dataloader.batch_size=4']
    short = ['train_cfg.max_epochs=2', 'train_cfg.val_interval=2', 'default_hooks.logger.interval=1']
    return ['--cfg-options', f'data_root={competition}', *workers, *sizes, *short]


@pytest.fixture(scope='session')
def trained(tmp_path_factory, options):
    """Work dir of a finished training run."""
    work = tmp_path_factory.mktemp('trained')
    done = tool('train', CONFIG, '--work-dir', work, *options)
    (work / 'output.txt').write_text(done.stdout + done.stderr)
    return work


@pytest.fixture(scope='session')
def checkpoint(trained):
    return (trained / 'last_checkpoint').read_text().strip()
