"""The console has news alone; the log file has everything."""

import logging

import pytest
from mmengine.logging import MMLogger

from jaguar_mm.engine.console import quiet, say
from tests.cli.running import CONFIG, ROOT
from tests.engine.training import settings, train


@pytest.fixture
def logger(tmp_path):
    name = f'console {tmp_path.name}'
    yield MMLogger.get_instance(name, logger_name='x', log_file=str(tmp_path / 'x.log'))
    MMLogger._instance_dict.pop(name)


def test_the_console_has_news_and_the_file_has_everything(logger, tmp_path, capsys):
    (console,) = [handler for handler in logger.handlers if not isinstance(handler, logging.FileHandler)]
    said = []
    console.emit = lambda record: said.append(console.format(record))
    for _ in range(2):
        quiet(logger)
    logger.info('a list of all hooks')
    say(logger, 'epoch 1/2')
    logger.warning('a rate that rises')
    assert said == ['epoch 1/2', 'warning: a rate that rises']
    written = (tmp_path / 'x.log').read_text()
    assert all(text in written for text in ('a list of all hooks', 'epoch 1/2', 'a rate that rises'))


def test_a_training_says_what_it_is_and_one_line_an_epoch(competition, tmp_path):
    options = [*settings(), 'train_cfg.max_epochs=2', 'model.head.num_classes=3']
    done = train(competition, tmp_path / 'work', *options, config=ROOT / CONFIG)
    assert done.returncode == 0, done.stderr[-3000:]
    console = done.stdout.split(' - mmengine - ')[0].splitlines()[:-1]  # what follows is the log file
    names = [line.split()[0] for line in console]
    facts = ['config', 'training', 'validation', 'model', 'weights', 'machine', 'run', 'files']
    assert [name for name in names if name in facts] == facts
    epochs = [line for line in console if line.startswith('epoch ')]
    assert [line.split()[1] for line in epochs] == ['1/2', '2/2']
    assert 'reid/plain/mAP_ib' in epochs[1]
    assert len(console) < 25
    assert 'Checkpoint written: epoch_2.pth' in done.stdout  # in the log file
    assert not any('Checkpoint' in line or 'Exp name' in line for line in console)
