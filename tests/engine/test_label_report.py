"""Plain classification from the training to the table of labels."""

import csv

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from jaguar_mm.engine.hooks.label_report import label_csv
from jaguar_mm.reports.confusion import draw_confusion
from tests.cli.running import in_process, tool

CONFIG = 'configs/recipes/classification/plain.py'


def read(path):
    with path.open(newline='') as file:
        return list(csv.DictReader(file))


def test_train_validate_and_label(competition, tmp_path):
    sizes = [
        'train_dataloader.batch_size=8',
        *(f'{name}_dataloader.num_workers=0' for name in ('train', 'val', 'test')),
    ]
    options = ['--work-dir', tmp_path, '--cfg-options', f'data_root={competition}', *sizes]
    done = tool('train', CONFIG, *options, 'train_cfg.max_epochs=2', 'train_cfg.val_interval=2')
    known = {row['filename']: row['ground_truth'] for row in read(competition / 'train.csv')}
    labels = read(tmp_path / 'reports/val/labels.csv')
    truth, taken = [known[row['filename']] for row in labels], [row['label'] for row in labels]
    assert f'accuracy/top1: {100 * accuracy_score(truth, taken):.4f}' in done.stdout
    assert f'single-label/f1-score: {100 * f1_score(truth, taken, average="macro"):.4f}' in done.stdout
    assert (tmp_path / 'reports/val/confusion.png').read_bytes().startswith(b'\x89PNG')

    sample = competition / 'sample_labels.csv'
    names = [row['filename'] for row in read(competition / 'solution.csv')][::-1]
    sample.write_text('filename,label\n' + ''.join(f'{name},x\n' for name in names))
    checkpoint = (tmp_path / 'last_checkpoint').read_text().strip()
    done = in_process('test', CONFIG, checkpoint, *options, f'default_hooks.labels.sample={sample}')
    assert done.returncode == 0, done.stderr
    labels = read(tmp_path / 'reports/test/labels.csv')
    assert [row['filename'] for row in labels] == names
    assert {row['label'] for row in labels} <= {*known.values()}
    solved = {row['filename']: row['ground_truth'] for row in read(competition / 'solution.csv')}
    right = sum(solved[row['filename']] == row['label'] for row in labels)
    assert f'{right} of {len(labels)} right' in done.stdout + done.stderr


def test_an_image_that_the_sample_lists_and_nobody_tested_is_named(tmp_path):
    sample = tmp_path / 'sample.csv'
    sample.write_text('filename,label\na.jpg,\nb.jpg,\nc.jpg,\n')
    with pytest.raises(ValueError, match=r'sample\.csv: b\.jpg and 1 more not tested'):
        label_csv({'a.jpg': 'Lua'}, str(sample))
    assert (
        label_csv({'c.jpg': 'Ti', 'a.jpg': 'Lua, the second'}, None)
        == 'filename,label\nc.jpg,Ti\na.jpg,"Lua, the second"\n'
    )


@pytest.mark.parametrize('classes', [1, 3, 100])
def test_confusions_of_few_and_of_many_classes_are_drawn(classes):
    known = [f'${number}$' for number in range(classes)]
    assert draw_confusion(known, known[::-1]).startswith(b'\x89PNG')
    assert np.unique(known).size == classes
