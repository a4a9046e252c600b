import csv
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from jaguar_mm.storage import load_embeddings
from tests.cli.running import CONFIG, ROOT, refused, tool


def read(path):
    with open(path, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def arguments(options, work, *further):
    short = [*options, 'train_cfg.max_epochs=1', 'default_hooks.leak_check.type=LeakCheckHook']
    return [CONFIG, '--folds', 2, '--work-dir', work, '--no-validate', *short, *further]


def checkpoints(work):
    return {path: path.stat().st_mtime_ns for path in work.rglob('*.pth')}


@pytest.fixture(scope='module')
def groups(competition, tmp_path_factory):
    """A table of groups that are not what an image's own hash would tell: every two images in a row."""
    path = tmp_path_factory.mktemp('groups') / 'groups.csv'
    rows = [f'{row["filename"]},{place // 2}' for place, row in enumerate(read(competition / 'train.csv'))]
    path.write_text('\n'.join(['filename,group', *rows, '']))
    return path


def wait_for(path, process):
    until = time.monotonic() + 300
    while not path.exists():
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)


def test_folds_are_trained_embedded_and_scored_across_a_kill(competition, options, groups, tmp_path):
    grouped = [f'{name}_dataloader.dataset.groups={groups}' for name in ('train', 'val')]
    command = list(map(str, arguments(options, tmp_path, *grouped)))
    with open(tmp_path / 'output.txt', 'w') as output:
        whole = [sys.executable, 'tools/folds.py', *command]
        process = subprocess.Popen(whole, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    wait_for(tmp_path / 'fold_0' / 'held_out.safetensors', process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=120) in (128 + signal.SIGTERM, -signal.SIGTERM)  # the latter between two tools
    assert not (tmp_path / 'scores.csv').exists()
    done_before = checkpoints(tmp_path / 'fold_0')

    done = tool('folds', *command)
    assert done_before
    assert checkpoints(tmp_path / 'fold_0') == done_before  # the finished fold is skipped
    assert '2 folds, each scored by itself' in done.stdout
    table, folds = load_embeddings(tmp_path / 'out_of_fold.safetensors'), read(tmp_path / 'out_of_fold.csv')
    truth = {row['filename']: row['ground_truth'] for row in read(competition / 'train.csv')}
    assert dict(zip(table.names, table.columns['identity'], strict=True)) == truth
    assert [row['filename'] for row in folds] == table.names
    fold_of = {row['filename']: row['fold'] for row in folds}
    assert all(len({fold_of[row['filename']] for row in rows}) == 1 for rows in pairs(read(groups)))
    for fold in ('0', '1'):
        split = json.loads((tmp_path / f'fold_{fold}' / 'split.json').read_text())
        assert split['val'] == sorted(name for name in fold_of if fold_of[name] == fold)
    scores = {(row['protocol'], row['stage']): float(row['mAP']) for row in read(tmp_path / 'scores.csv')}
    for protocol in ('other_bursts', 'all'):
        own = [scores[protocol, f'fold {fold}'] for fold in range(2)]
        assert scores[protocol, 'mean'] == pytest.approx(np.mean(own))
        assert scores[protocol, 'std'] == pytest.approx(abs(own[0] - own[1]) / 2**0.5)

    finished = checkpoints(tmp_path)
    again = tool('folds', *command)
    assert checkpoints(tmp_path) == finished
    assert 'fold 0 of 2' not in again.stdout
    other = tool('folds', *command, 'train_dataloader.batch_size=8', check=False)
    assert other.returncode == 2
    assert 'has folds of another config' in other.stderr


def pairs(rows):
    return zip(rows[::2], rows[1::2], strict=True)


@pytest.mark.parametrize(
    ('further', 'message'),
    [
        (['train_dataloader.dataset.ann_file=x.csv', 'val_dataloader.dataset.ann_file=x.csv'], 'x.csv: no such table'),
        (['val_dataloader.dataset.groups=gone.csv'], 'gone.csv: no such table'),
        (['--folds', '11'], 'folds=11 are too many: no identity has more than 10 images'),
    ],
)
def test_a_mistake_is_named_before_any_training(options, tmp_path, further, message):
    done = refused('folds', *arguments(options, tmp_path / 'work', *further))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith('error: ')
    assert message in done.stderr
    assert not (tmp_path / 'work').exists()


def test_a_config_without_folds_is_named(tmp_path):
    done = refused('folds', 'configs/nyala/mobilenetv2_flanks.py', '--work-dir', tmp_path)
    assert done.returncode == 2
    assert "train_dataloader.dataset has no subset='train' or 'val'" in done.stderr


def test_a_failing_training_ends_it(options, tmp_path):
    done = tool('folds', *arguments(options, tmp_path, 'model.head.num_classes=31'), check=False)
    assert done.returncode != 0
    assert 'model.head.num_classes is 31' in done.stderr
    assert not (tmp_path / 'fold_1').exists()
    assert os.listdir(tmp_path / 'fold_0')
