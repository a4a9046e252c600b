"""jaguar-mm find-lr: rates grow, the loss is drawn, the rate is suggested, and nothing else is written."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from tests.cli.running import in_process, refused

CONFIG = 'configs/recipes/base.py'
STEPS = 12


@pytest.fixture
def search(competition, tmp_path):
    """Search in an empty folder; return the answer and the table."""

    def run(*options, **settings):
        sizes = {'data_root': competition, 'train_dataloader.batch_size': 8, 'train_dataloader.num_workers': 0}
        chosen = [f'{key}={value}' for key, value in (sizes | settings).items()]
        arguments = [
            CONFIG,
            '--out',
            tmp_path / 'lr.png',
            '--steps',
            STEPS,
            '--json',
            *options,
            '--cfg-options',
            *chosen,
        ]
        done = in_process('find-lr', *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        with open(tmp_path / 'lr.csv', encoding='utf-8') as file:
            rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
        return json.loads(done.stdout), rows

    return run


def test_rates_grow_by_the_same_factor_and_only_plot_and_table_are_written(search, tmp_path):
    answer, rows = search('--low', '1e-5', '--high', '1e-2')
    assert sorted(path.name for path in tmp_path.iterdir()) == ['lr.csv', 'lr.png']
    assert Image.open(tmp_path / 'lr.png').format == 'PNG'
    rates = [row['rate'] for row in rows]
    assert rates == pytest.approx([1e-5 * 1e3 ** (step / (STEPS - 1)) for step in range(STEPS)], rel=1e-5)
    assert answer['suggested'] == pytest.approx(min(rates, key=lambda rate: abs(rate - answer['suggested'])), rel=1e-5)
    assert answer['highest'] == pytest.approx(1e-2)


def test_the_losses_are_those_of_a_training(search):
    """At a rate that changes nothing the batches alone differ, and a second search sees the same ones."""
    still = [row['loss'] for row in search('--low', '1e-30', '--high', '2e-30')[1]]
    assert [row['loss'] for row in search('--low', '1e-30', '--high', '2e-30')[1]] == still
    moved = [row['loss'] for row in search('--low', '1e-3', '--high', '1e-2')[1]]
    assert moved[0] == still[0]
    assert np.mean(moved[-6:]) < np.mean(still[-6:])


def test_batches_that_are_accumulated_have_one_rate(search):
    options = {'optim_wrapper.accumulative_counts': 3, 'train_dataloader.batch_size': 4}
    _, rows = search('--low', '1e-5', '--high', '1e-4', **options)
    assert len(rows) == STEPS


@pytest.mark.parametrize('low', ['0', '-1', '20'])
def test_rates_that_cannot_grow_are_refused(low, tmp_path):
    done = refused('find-lr', CONFIG, '--out', tmp_path / 'lr.png', f'--low={low}')
    assert done.returncode == 2
    assert '--low: must be above 0 and below --high, which is 10' in done.stderr
