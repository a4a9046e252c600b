"""The tools on a config whose training set joins and repeats others."""

import csv

import cv2
import pytest

from tests.cli.running import CONFIG, ROOT, tool
from tests.datasets.conftest import write_table

JOINED = """
_base_ = {base!r}
part = dict(type='JaguarReID', data_root={root!r}, pipeline=_base_.train_dataloader.dataset.pipeline)
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(part, ann_file={first!r}),
            dict(type='RepeatDataset', times=3, dataset=dict(part, ann_file={second!r})),
        ],
    )
)
"""


@pytest.fixture
def config(competition, tmp_path):
    """The CPU-size v3 on two halves of the tiny competition, the second one three times over."""
    with open(competition / 'train.csv', newline='') as file:
        rows = [tuple(row.values()) for row in csv.DictReader(file)]
    halves = {name: str(tmp_path / f'{name}.csv') for name in ('first', 'second')}
    for path, found in zip(halves.values(), (rows[:20], rows[20:]), strict=True):
        write_table(path, ('filename', 'ground_truth'), found)
    path = tmp_path / 'joined.py'
    path.write_text(JOINED.format(base=str(ROOT / CONFIG), root=str(competition), **halves))
    return path


def others(competition, tmp_path):
    roots = [f'{name}_dataloader.dataset.data_root={competition}' for name in ('val', 'test')]
    caches = [f'{name}_dataloader.dataset.pipeline.load.cache={tmp_path}/cache' for name in ('val', 'test')]
    return ['--cfg-options', *roots, *caches]


def test_browsing_filling_the_cache_and_checking(config, competition, tmp_path):
    sheet = tmp_path / 'sheet.jpg'
    members = ('0', '1.dataset')
    cached = [f'train_dataloader.dataset.datasets.{member}.pipeline.load.cache={tmp_path}/cache' for member in members]
    options = [*others(competition, tmp_path), *cached]
    done = tool('browse', config, '--count', 6, '--out', sheet, '--counts', tmp_path / 'counts.png', *options)
    assert 'drew 6 of 50 images' in done.stdout
    assert cv2.imread(str(sheet)) is not None
    tool('build-cache', config, '--sets', 'train', '--workers', 1, *options)
    assert 'wrote 0 findings' in tool('check-data', config, '--out', tmp_path / 'found.csv', *options).stdout


def test_duplicates_are_sought_in_one_table_at_a_time(config, tmp_path):
    done = tool('find-duplicates', config, '--out', tmp_path / 'groups.csv', check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith('is made of others; give the table of each of them instead')
