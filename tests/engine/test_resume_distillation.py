"""A training with a teacher goes on from a kill with the very bits of one that was not killed, averages included."""

import pytest

from jaguar_mm.engine.checkpoints.file import read_checkpoint
from tests.engine.training import assert_same, config_with_hooks, settings, train
from tests.published import published_model

RECIPE = """
val_cfg = val_dataloader = val_evaluator = None
taught = dict(imitation=dict(type='Imitation'), similarity=dict(type='SimilarityPreserving', weight=100.0))
model = dict(type='TaughtClassifier', teacher={teacher!r}, head=dict(losses=taught))
train_cfg = dict(max_epochs=1)
"""


@pytest.mark.slow
def test_interrupted_equals_uninterrupted(competition, tmp_path):
    also = RECIPE.format(teacher=str(published_model(tmp_path / 'teacher.safetensors', width=128)))
    fault = dict(type='FaultHook', moment='step', at=3, rank=0, marker=str(tmp_path / 'fired'))
    whole, killed = tmp_path / 'whole', tmp_path / 'killed'
    codes = []
    for work, hooks in ((whole, []), (killed, [fault]), (killed, [fault])):
        config = config_with_hooks(tmp_path, *hooks, also=also)
        codes.append(train(competition, work, *settings(), config=config, loaders=('train',)).returncode)
    assert [code == 0 for code in codes] == [True, False, True]
    checkpoint = read_checkpoint(whole / 'epoch_1.pth')
    assert_same(checkpoint, read_checkpoint(killed / 'epoch_1.pth'))
    assert not [name for name in checkpoint['state_dict'] if 'teacher' in name]
    assert not [name for name in checkpoint['ema_state_dict'] if 'teacher' in name]
    logged = checkpoint['message_hub']['log_scalars']
    assert {'train/loss_imitation', 'train/loss_similarity', 'train/loss_arcface'} <= logged.keys()
