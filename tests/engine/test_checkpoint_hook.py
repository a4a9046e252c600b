import os
import signal
from types import SimpleNamespace

import pytest

from jaguar_mm.engine.checkpoints.file import (
    CheckpointError,
    Progress,
    read_checkpoint,
    read_progress,
    write_checkpoint,
)
from jaguar_mm.engine.checkpoints.folder import newest_whole_checkpoint
from jaguar_mm.registry import HOOKS
from tests.engine.checkpoints.test_file import longest_file, sample

STEPS = 4  # an epoch


class TinyRunner:
    """What the hook sees of a runner; its weights say at which step they were saved."""

    def __init__(self, work_dir, done=0):
        self.work_dir, self.iter, self.epoch, self.max_epochs = str(work_dir), done, done // STEPS, 100
        self.message_hub = SimpleNamespace(runtime_info={})
        self.message_hub.update_info = self.message_hub.runtime_info.__setitem__
        self.train_dataloader = range(STEPS)
        self.optim_wrapper = SimpleNamespace(should_update=lambda: True)
        self.told = []
        self.logger = SimpleNamespace(info=lambda text, **_: self.told.append(text), warning=self.told.append)

    def save_checkpoint(self, out_dir, name, meta, **_):
        hub = dict(log_scalars={}, runtime_info=dict(self.message_hub.runtime_info), resumed_keys={})
        write_checkpoint(os.path.join(out_dir, name), sample(meta['iter'], meta['epoch'], message_hub=hub))

    def train_epoch(self, hook, metrics=None):
        for index in range(STEPS):
            hook.after_train_iter(self, index, {}, {})
            self.iter += 1
        hook.after_train_epoch(self)
        self.epoch += 1
        if metrics is not None:
            hook.after_val_epoch(self, metrics)


def hook(**settings):
    return HOOKS.build(dict(type='WholeCheckpointHook', **settings))


def checkpoints(folder):
    return sorted(path.name for path in folder.glob('*.pth*'))


@pytest.mark.parametrize('keep', [1, 0, -1])
def test_at_least_two_are_kept(keep):
    with pytest.raises(ValueError, match=rf'max_keep_ckpts must be at least 2, got {keep}'):
        hook(max_keep_ckpts=keep)


def test_another_rule_is_refused():
    with pytest.raises(ValueError, match="must be 'greater' or 'less', got 'best'"):
        hook(rule='best')


def test_the_last_two_stay_and_the_pointer_names_the_newest(tmp_path):
    saver, runner = hook(), TinyRunner(tmp_path)
    saver.before_train(runner)
    for epoch in range(1, 5):
        runner.train_epoch(saver)
        assert (tmp_path / 'last_checkpoint').read_text() == str(tmp_path / f'epoch_{epoch}.pth')
    saver.after_train(runner)
    assert checkpoints(tmp_path) == ['epoch_3.pth', 'epoch_4.pth']
    assert read_progress(tmp_path / 'epoch_4.pth') == Progress(16, 4)


def test_checkpoints_within_an_epoch(tmp_path):
    saver, runner = hook(step_interval=2, max_keep_ckpts=9), TinyRunner(tmp_path)
    saver.before_train(runner)
    runner.train_epoch(saver)
    runner.train_epoch(saver)
    saver.after_train(runner)
    assert checkpoints(tmp_path) == ['epoch_1.pth', 'epoch_2.pth', 'iter_2.pth', 'iter_6.pth']
    assert read_progress(tmp_path / 'iter_6.pth') == Progress(6, 1)


@pytest.mark.parametrize(
    ('rule', 'scores', 'best'),
    [
        ('greater', [0.2, 0.5, 0.4, 0.5], 2),
        ('less', [0.2, 0.5, 0.1, 0.4], 3),
        ('greater', [float('nan'), 0.1, float('nan'), 0.05], 2),
        ('less', [float('nan'), 0.1, float('nan'), 0.2], 2),
        ('greater', [float('-inf'), -3.0, -2.0, -2.5], 3),
    ],
)
def test_exactly_the_best_is_kept(tmp_path, rule, scores, best):
    saver, runner = hook(save_best='reid/mAP', rule=rule), TinyRunner(tmp_path)
    saver.before_train(runner)
    for score in scores:
        runner.train_epoch(saver, {'reid/mAP': score, 'other': 1.0})
    saver.after_train(runner)
    assert checkpoints(tmp_path) == [f'best_reid_mAP_epoch_{best}.pth', 'epoch_3.pth', 'epoch_4.pth']
    assert read_progress(tmp_path / f'best_reid_mAP_epoch_{best}.pth') == Progress(STEPS * best, best)
    known = read_checkpoint(tmp_path / 'epoch_4.pth')['message_hub']['runtime_info']
    assert known == {'best_score': scores[best - 1], 'best_ckpt': f'best_reid_mAP_epoch_{best}.pth'}


def test_the_best_is_followed_into_a_moved_work_dir(tmp_path):
    (tmp_path / 'best_m_epoch_1.pth').write_text('')
    saver, runner = hook(save_best='m'), TinyRunner(tmp_path, done=STEPS)
    runner.message_hub.runtime_info.update(best_score=0.1, best_ckpt='/gone/work/best_m_epoch_1.pth')
    saver.before_train(runner)
    runner.train_epoch(saver, {'m': 0.2})
    saver.after_train(runner)
    assert checkpoints(tmp_path) == ['best_m_epoch_2.pth', 'epoch_2.pth']


def test_an_unknown_metric_is_named(tmp_path):
    saver, runner = hook(save_best='reid/mAP'), TinyRunner(tmp_path)
    saver.before_train(runner)
    with pytest.raises(ValueError, match=r"checkpoint\.save_best is 'reid/mAP', but the metrics are a, b"):
        runner.train_epoch(saver, {'a': 1.0, 'b': 2.0})
    saver.after_train(runner)


def test_a_validation_without_training_saves_nothing(tmp_path):
    hook(save_best='m').after_val_epoch(TinyRunner(tmp_path), {'m': 0.5})
    assert checkpoints(tmp_path) == []


def test_a_new_training_in_a_used_folder_keeps_its_own_and_loses_none(tmp_path):
    first, runner = hook(save_best='m'), TinyRunner(tmp_path)
    first.before_train(runner)
    for _ in range(3):
        runner.train_epoch(first, {'m': 0.5})
    first.after_train(runner)
    again, runner = hook(save_best='m'), TinyRunner(tmp_path)
    again.before_train(runner)
    assert all('.earlier: set aside' in text for text in runner.told)
    runner.train_epoch(again, {'m': 0.3})
    again.after_train(runner)
    assert newest_whole_checkpoint(tmp_path) == tmp_path / 'epoch_1.pth'
    aside = ['best_m_epoch_1.pth.earlier', 'epoch_2.pth.earlier', 'epoch_3.pth.earlier']
    assert checkpoints(tmp_path) == sorted(['best_m_epoch_1.pth', 'epoch_1.pth', *aside])
    assert read_progress(tmp_path / 'epoch_3.pth.earlier') == Progress(12, 3)


def test_a_resumed_training_sets_nothing_aside(tmp_path):
    saver, runner = hook(step_interval=1, save_best='m'), TinyRunner(tmp_path)
    saver.before_train(runner)
    runner.train_epoch(saver, {'m': 0.5})
    saver.after_train(runner)
    before, resumed = checkpoints(tmp_path), TinyRunner(tmp_path, done=STEPS)
    saver = hook()
    saver.before_train(resumed)
    saver.after_train(resumed)
    assert checkpoints(tmp_path) == before
    assert resumed.told == []


def test_a_signal_saves_and_stops(tmp_path):
    saver, runner = hook(), TinyRunner(tmp_path)
    saver.before_train(runner)
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(SystemExit) as stop:
            runner.train_epoch(saver)
    finally:
        saver.after_train(runner)
    assert stop.value.code == 143
    assert newest_whole_checkpoint(tmp_path) == tmp_path / 'iter_1.pth'


def test_a_disk_that_is_full_takes_no_earlier_checkpoint(tmp_path):
    saver, runner = hook(), TinyRunner(tmp_path)
    saver.before_train(runner)
    for _ in range(2):
        runner.train_epoch(saver)
    with longest_file(2000), pytest.raises(CheckpointError, match=r'epoch_3\.pth: the checkpoint was not written'):
        runner.train_epoch(saver)
    saver.after_train(runner)
    assert checkpoints(tmp_path) == ['epoch_1.pth', 'epoch_2.pth']
    assert newest_whole_checkpoint(tmp_path) == tmp_path / 'epoch_2.pth'
