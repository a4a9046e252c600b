import csv
import socket
import sys

import pytest

from tests.tools.running import CONFIG, run, tool


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def distributed(script, *arguments):
    return run('env', f'PYTHON={sys.executable}', f'PORT={free_port()}', f'tools/{script}', *map(str, arguments))


def scores(folder):
    with open(folder / 'reports/test/scores.csv', newline='') as file:
        return [[row.pop('protocol'), row.pop('stage'), *map(float, row.values())] for row in csv.DictReader(file)]


def test_two_processes_give_the_scores_of_one(checkpoint, options, tmp_path):
    one, two = tmp_path / 'one', tmp_path / 'two'
    tool('test.py', CONFIG, checkpoint, '--work-dir', one, *options)
    distributed('dist_test.sh', CONFIG, checkpoint, 2, '--work-dir', two, *options)
    assert len(scores(one)) == 4
    for alone, shared in zip(scores(one), scores(two), strict=True):
        assert shared[:2] == alone[:2]
        assert shared[2:] == pytest.approx(alone[2:], abs=1e-6)


def test_two_processes_train(options, tmp_path):
    distributed('dist_train.sh', CONFIG, 2, '--work-dir', tmp_path, *options)
    assert (tmp_path / 'epoch_2.pth').is_file()
    assert (tmp_path / 'reports/val/scores.csv').is_file()
