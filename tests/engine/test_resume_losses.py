"""What losses learn, remember and are told is resumed bit by bit, on two processes and in the moving average too."""

import pytest

from jaguar_mm.engine.checkpoints.file import read_checkpoint
from tests.engine.training import assert_same, config_with_hooks, settings, train

LOSSES = dict(
    arcface=None,
    curricular=dict(type='CurricularFace'),
    proxy=dict(type='MetricLearning', loss=dict(type='ProxyAnchorLoss')),
    counts=dict(type='CountMarginArcFace', focus=dict(type='ClassBalance')),
)
# An epoch of six steps; losses that compare images take no mixup.
MODEL = f'model = dict(head=dict(losses={LOSSES!r}), train_cfg=None)\ntrain_cfg = dict(max_epochs=1)'


@pytest.mark.slow
def test_interrupted_equals_uninterrupted(competition, tmp_path):
    fault = dict(type='FaultHook', moment='step', at=3, rank=1, marker=str(tmp_path / 'fired'))
    whole, killed = tmp_path / 'whole', tmp_path / 'killed'
    codes, options = [], settings(ranks=2)
    for work, hooks in ((whole, []), (killed, [fault]), (killed, [fault])):
        config = config_with_hooks(tmp_path, *hooks, also=MODEL)
        codes.append(train(competition, work, *options, ranks=2, config=config).returncode)
    assert [code == 0 for code in codes] == [True, False, True]
    checkpoint = read_checkpoint(whole / 'epoch_1.pth')
    assert_same(checkpoint, read_checkpoint(killed / 'epoch_1.pth'))
    averaged, last = checkpoint['state_dict'], checkpoint['ema_state_dict']
    assert float(averaged['head.losses.curricular.t']) != 0
    for name in ('curricular.weight', 'proxy.loss.proxies', 'counts.weight'):
        assert not averaged[f'head.losses.{name}'].equal(last[f'module.head.losses.{name}'])
