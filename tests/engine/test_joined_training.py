"""A training on joined and repeated data sets, which is interrupted and goes on to the very same bits."""

import csv
import json

import pytest

from jaguar_mm.engine.checkpoints.file import read_checkpoint
from tests.conftest import IDENTITIES
from tests.datasets.conftest import write_table
from tests.engine.training import assert_same, config_with_hooks, settings, train

CONFIG = """
part = dict(type='JaguarReID', data_root={root!r}, pipeline=_base_.train_dataloader.dataset.pipeline)
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(part, ann_file={real!r}, subset='train'),
            dict(type='RepeatDataset', times=2, dataset=dict(part, ann_file={pseudo!r})),
        ],
    )
)
val_dataloader = dict(dataset=dict(ann_file={real!r}))
"""


@pytest.fixture
def config(competition, tmp_path):
    """A config whose training set joins the images of all animals but the last with pseudo-labelled ones."""
    with open(competition / 'train.csv', newline='') as file:
        rows = [tuple(row.values()) for row in csv.DictReader(file)]
    names = sorted({identity for _, identity in rows})
    pseudo = [row for row in rows if row[1] == names[-1]][:4] + [row for row in rows if row[1] == names[0]][:2]
    real = [row for row in rows if row not in pseudo and row[1] != names[-1]]
    tables = {'real': real, 'pseudo': pseudo}
    for name, found in tables.items():
        write_table(tmp_path / f'{name}.csv', ('filename', 'ground_truth'), found)
    paths = {name: str(tmp_path / f'{name}.csv') for name in tables}

    def write(folder, *hooks):
        folder.mkdir()
        return config_with_hooks(folder, *hooks, also=CONFIG.format(root=str(competition), **paths))

    return write, tables


@pytest.mark.slow
def test_it_trains_and_comes_back_the_same(competition, tmp_path, config):
    write, tables = config
    whole, killed = tmp_path / 'whole', tmp_path / 'killed'
    options = [*settings(workers=0), 'train_cfg.max_epochs=2', 'param_scheduler.0.T_max=2']
    done = train(competition, whole, *options, config=write(tmp_path / 'plain'), loaders=['val'])
    assert done.returncode == 0, done.stderr[-3000:]
    fault = dict(type='FaultHook', moment='step', at=9, marker=str(tmp_path / 'marker'))
    faulty = write(tmp_path / 'faulty', fault)
    options = [*settings(workers=2), *options[-2:]]
    assert train(competition, killed, *options, config=faulty, loaders=['val']).returncode != 0
    assert (tmp_path / 'marker').exists()
    done = train(competition, killed, *options, config=faulty, loaders=['val'])
    assert done.returncode == 0, done.stderr[-3000:]
    one, other = (read_checkpoint(work / 'epoch_2.pth') for work in (whole, killed))
    assert_same(one, other)

    identities = sorted({identity for rows in tables.values() for _, identity in rows})
    assert len(identities) == IDENTITIES
    assert list(one['meta']['dataset_meta']['classes']) == identities
    split = json.loads((whole / 'split.json').read_text())
    assert split['all'] == sorted(name for name, _ in tables['pseudo'])
    assert sorted(split['train'] + split['val']) == sorted(name for name, _ in tables['real'])
    record = one['meta']['training_set']
    assert record['images'] == len(split['train']) + len(split['all'])
    assert record['identities'] == IDENTITIES
    assert one['meta']['steps_per_epoch'] == (len(split['train']) + 2 * len(split['all'])) // 4
