"""A training validates before its first step and knows at the end, resumed or not, what it has gained."""

import csv
import re

import pytest

from jaguar_mm.engine.checkpoints.file import read_checkpoint
from jaguar_mm.registry import HOOKS
from tests.engine.test_checkpoint_hook import TinyRunner
from tests.engine.training import assert_same, config_with_hooks, settings, train


def told(tmp_path, first, scores, rule='greater', metric='m', save_best='m'):
    """What a training with these scores says at its end: the hook's own lines."""
    runner = TinyRunner(tmp_path)
    saver = HOOKS.build(dict(type='WholeCheckpointHook', save_best=save_best, rule=rule))
    gain = HOOKS.build(dict(type='GainHook'))
    runner.hooks = [gain, saver]
    levels = []
    runner.logger.info = lambda text, **_: levels.append(('info', text))
    runner.logger.warning = lambda text: levels.append(('warning', text))
    for hook in runner.hooks:
        hook.before_train(runner)
    if first is not None:
        for hook in runner.hooks:
            hook.after_val_epoch(runner, {metric: first})
    assert not list(tmp_path.glob('*.pth'))
    for score in scores:
        runner.train_epoch(saver)
        for hook in runner.hooks:
            hook.after_val_epoch(runner, {metric: score})
    del levels[:]
    for hook in runner.hooks:
        hook.after_train(runner)
    return levels


@pytest.mark.parametrize(
    ('rule', 'first', 'scores', 'level', 'said'),
    [
        ('greater', 0.5, [0.6, 0.9, 0.8], 'info', 'm: 0.5000 before the first step, 0.9000 at best, 0.8000 at the end'),
        ('greater', 0.5, [0.4, 0.5], 'warning', 'Nothing was gained'),
        ('greater', 0.5, [0.6, 0.4], 'warning', r'ended worse than it began: take best_m_epoch_1\.pth'),
        ('less', 0.5, [0.4, 0.45], 'info', '0.4000 at best'),
        ('less', 0.5, [0.6, 0.7], 'warning', 'Nothing was gained'),
    ],
)
def test_what_was_gained_is_said_once(tmp_path, rule, first, scores, level, said):
    lines = told(tmp_path, first, scores, rule)
    assert [name for name, _ in lines] == [level]
    assert re.search(said, lines[0][1])


@pytest.mark.parametrize('options', [dict(first=None), dict(first=float('nan')), dict(first=0.5, save_best=None)])
def test_without_a_score_before_the_first_step_nothing_is_said(tmp_path, options):
    assert told(tmp_path, scores=[0.6], **options) == []


def lines_of(done, text):
    """Return the lines of the log file with a text."""
    return [line for line in done.stdout.splitlines() if text in line and ' - mmengine - ' in line]


def test_a_real_training_validates_first_and_a_resumed_one_does_not_again(competition, tmp_path):
    killed = dict(type='FaultHook', moment='step', at=9, marker=str(tmp_path / 'killed'))
    run = dict(config=config_with_hooks(tmp_path, killed))
    work = tmp_path / 'work'
    first = train(competition, work, *settings(), **run)
    assert first.returncode != 0
    assert 'Epoch(val) [0]' in first.stdout + first.stderr
    assert not (work / 'epoch_0.pth').exists()
    second = train(competition, work, *settings(), **run)
    assert second.returncode == 0, second.stderr[-3000:]
    assert 'Epoch(val) [0]' not in second.stdout + second.stderr
    known = read_checkpoint(work / 'epoch_3.pth')['message_hub']['runtime_info']
    said = lines_of(second, 'before the first step')
    assert len(said) == 1
    assert f'reid/plain/mAP_ib: {known["first_score"]:.4f} before the first step' in said[0]
    assert f'{known["best_score"]:.4f} at best, {known["last_score"]:.4f} at the end' in said[0]
    assert {path.name[:28] for path in work.glob('best_*')} == {'best_reid_plain_mAP_ib_epoch'}


def test_the_validation_before_the_first_step_changes_no_bit(competition, tmp_path):
    found = []
    for flags in ([], ['--no-validate']):
        work = tmp_path / f'work {len(flags)}'
        done = train(competition, work, *settings(), 'train_cfg.max_epochs=1', *flags)
        assert done.returncode == 0, done.stderr[-3000:]
        assert ('Epoch(val) [0]' in done.stdout + done.stderr) == (not flags)
        found.append(read_checkpoint(work / 'epoch_1.pth'))
    for part in ('state_dict', 'optimizer', 'param_schedulers'):
        assert_same(found[0][part], found[1][part], part)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (['val_dataloader.dataset.ann_file={few}', 'val_dataloader.dataset.subset=None'], 'no query has a right match'),
        (['default_hooks.checkpoint.save_best=reid/mAQ'], "save_best is 'reid/mAQ', but the metrics are reid/mAP_ib"),
        (['val_evaluator.protocols.x.different=[encounter]'], 'needs encounter; add it to PackInputs.meta_keys'),
    ],
)
def test_a_validation_that_cannot_be_scored_stops_before_the_first_step(competition, tmp_path, options, message):
    rows = list(csv.reader((competition / 'train.csv').open()))[1:]
    few = tmp_path / 'few.csv'
    few.write_text(
        '\n'.join(['filename,ground_truth', *map(','.join, {who: (name, who) for name, who in rows}.values())])
    )
    done = train(competition, tmp_path / 'work', *settings(), *(option.format(few=few) for option in options))
    assert done.returncode != 0
    assert message in done.stderr
    assert 'Epoch(train)' not in done.stdout + done.stderr
    assert not list((tmp_path / 'work').glob('*.pth'))
