"""The head has as many classes as the training set, and only a training needs to know."""

import shutil
from types import SimpleNamespace

import pytest

from jaguar_mm.engine.checkpoints.file import read_checkpoint
from jaguar_mm.engine.checkpoints.recorded_config import parse_config
from jaguar_mm.engine.number_of_classes import head_without_classes, number_of_classes
from tests.cli.running import CONFIG, tool
from tests.conftest import IDENTITIES
from tests.engine.training import config_with_hooks, settings, train

PAIRS = """
model = dict(head=dict(losses=dict(triplet=dict(type='Triplet', weight=0.5))), train_cfg=None)
train_dataloader = dict(sampler=dict(_delete_=True, type='IdentityBalancedSampler', classes=2, images=2))
train_cfg = dict(max_epochs=1)
"""


def test_a_training_takes_it_from_its_set_and_writes_it_down(competition, tmp_path):
    done = train(competition, tmp_path, *settings(), config=config_with_hooks(tmp_path, also=PAIRS))
    assert done.returncode == 0, done.stderr[-3000:]
    checkpoint = read_checkpoint(tmp_path / 'epoch_1.pth')
    assert parse_config(checkpoint['meta']['cfg'])['model']['head']['num_classes'] == IDENTITIES
    assert len(checkpoint['state_dict']['head.losses.arcface.weight']) == IDENTITIES
    assert checkpoint['meta']['embedding_width'] == 128
    scalars = checkpoint['message_hub']['log_scalars']
    for total, arcface, triplet in zip(
        *(scalars[f'train/{name}'].data[0] for name in ('loss', 'loss_arcface', 'loss_triplet')), strict=True
    ):
        assert total == pytest.approx(arcface + triplet, rel=1e-5)


def test_a_test_needs_no_training_set(competition, tmp_path):
    data = shutil.copytree(competition, tmp_path / 'data')
    shutil.rmtree(data / 'train')
    (data / 'train.csv').unlink()
    tool('test', CONFIG, 'none', '--work-dir', tmp_path / 'work', '--cfg-options', f'data_root={data}')
    assert (tmp_path / 'work' / 'reports' / 'test' / 'scores.csv').exists()


def test_a_training_set_without_classes_is_named():
    with pytest.raises(ValueError, match=r'the training set \(photos\) has no classes, so model\.head\.num_classes is'):
        number_of_classes(SimpleNamespace(metainfo={}, source='photos'))


@pytest.mark.parametrize(
    ('head', 'asks'),
    [
        (dict(type='ReIDHead', losses=[]), True),
        (dict(type='ReIDHead', losses=[], num_classes=3), False),
        (dict(type='mmpretrain.LinearClsHead'), True),
        (dict(type='mmpretrain.ClsHead'), False),
        (None, False),
    ],
)
def test_a_head_that_takes_a_number_and_has_none_asks_for_it(head, asks):
    assert head_without_classes(dict(head=head)) == asks
