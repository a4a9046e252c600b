"""Mirrored flanks, mosaics and several sizes: a training that is interrupted ends with the same bits."""

import json

import pytest

from jaguar_mm.engine.checkpoints.file import read_checkpoint
from tests.conftest import IDENTITIES
from tests.engine.training import assert_same, config_with_hooks, settings, train

CONFIG = """
train_pipeline = dict(flip=None)
train_dataloader = dict(
    dataset=dict(_delete_=True, type='MirroredDataset', dataset=_base_.train_dataloader.dataset),
)
model = dict(
    train_cfg=dict(augments=[dict(type='Mosaic')], probs=0.5),
    data_preprocessor=dict(type='MultiScalePreprocessor', scales=(0.75, 1.0, 1.25)),
)
"""


@pytest.mark.slow
def test_it_trains_and_comes_back_the_same(competition, tmp_path):
    whole, killed = tmp_path / 'whole', tmp_path / 'killed'
    roots = [f'train_dataloader.dataset.dataset.data_root={competition}', 'train_cfg.max_epochs=2']
    for name in ('plain', 'faulty'):
        (tmp_path / name).mkdir()
    plain = config_with_hooks(tmp_path / 'plain', also=CONFIG)
    done = train(competition, whole, *settings(workers=0), *roots, config=plain, loaders=['val'])
    assert done.returncode == 0, done.stderr[-3000:]
    fault = dict(type='FaultHook', moment='step', at=17, marker=str(tmp_path / 'marker'))
    faulty = config_with_hooks(tmp_path / 'faulty', fault, also=CONFIG)
    run = dict(config=faulty, loaders=['val'])
    assert train(competition, killed, *settings(workers=2), *roots, **run).returncode != 0
    assert (tmp_path / 'marker').exists()
    done = train(competition, killed, *settings(workers=2), *roots, **run)
    assert done.returncode == 0, done.stderr[-3000:]
    one, other = (read_checkpoint(work / 'epoch_2.pth') for work in (whole, killed))
    assert_same(one, other)

    images = len(json.loads((whole / 'split.json').read_text())['train'])
    assert one['meta']['steps_per_epoch'] == 2 * images // 4
    assert one['meta']['training_set']['images'] == images
    assert len(one['meta']['dataset_meta']['classes']) == 2 * IDENTITIES
    centres = [value for name, value in one['state_dict'].items() if name.startswith('head.losses')]
    assert [len(value) for value in centres] == [2 * IDENTITIES]
