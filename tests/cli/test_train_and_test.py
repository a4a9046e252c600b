import csv
import json
import math
import re

import cv2
import pytest
import torch

from jaguar_mm.networks import has_bfloat16
from tests.cli.running import CONFIG, tool

STAGES = ['raw', '+TTA', '+QE', '+re-ranking']


def read(path):
    with open(path, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def test_training_leaves_checkpoint_split_and_reports(trained, checkpoint, competition):
    split = json.loads((trained / 'split.json').read_text())
    assert sorted(split['train'] + split['val']) == sorted(row['filename'] for row in read(competition / 'train.csv'))
    rows = [(row['protocol'], row['stage']) for row in read(trained / 'reports/val/scores.csv')]
    assert rows == [(protocol, stage) for protocol in ('other_bursts', 'all') for stage in STAGES]
    assert cv2.imread(str(trained / 'reports/val/ranked.jpg')) is not None
    assert checkpoint.endswith('epoch_2.pth')


def test_an_amp_config_trains_in_the_precision_that_the_machine_has(trained):
    output = (trained / 'output.txt').read_text()
    precision = 'bfloat16' if torch.cuda.is_available() or has_bfloat16() else 'float32'
    assert re.search(rf'^machine .*{precision}', output, re.MULTILINE)


def test_a_labelled_test_scores_and_submits(checkpoint, competition, options, tmp_path):
    metrics = tmp_path / 'metrics.json'
    tool('test', CONFIG, checkpoint, '--work-dir', tmp_path, '--out', metrics, '--out-item', 'metrics', *options)
    scores = read(tmp_path / 'reports/test/scores.csv')
    assert [row['stage'] for row in scores] == STAGES
    assert json.loads(metrics.read_text())['reid/mAP_ib'] == pytest.approx(float(scores[-1]['mAP_ib']))
    check_submission(tmp_path / 'submission.csv', competition)


def test_an_unlabelled_test_submits_without_scores(checkpoint, competition, options, tmp_path):
    unlabelled = [*options, 'test_dataloader.dataset.solution=None']
    tool('test', CONFIG, checkpoint, '--work-dir', tmp_path, *unlabelled)
    assert not (tmp_path / 'reports/test/scores.csv').exists()
    check_submission(tmp_path / 'submission.csv', competition)


def check_submission(path, competition):
    submitted, asked = read(path), read(competition / 'test.csv')
    assert [row['row_id'] for row in submitted] == [row['row_id'] for row in asked]
    values = [float(row['similarity']) for row in submitted]
    assert all(math.isfinite(value) and 0 <= value <= 1 for value in values)
    assert len(set(values)) > len(values) / 4


def test_the_network_as_it_starts_can_be_tested(options, tmp_path):
    tool('test', CONFIG, 'none', '--work-dir', tmp_path, *options)
    assert [row['stage'] for row in read(tmp_path / 'reports/test/scores.csv')] == STAGES


def test_tta_flag_adds_the_stage_to_a_config_without_it(options, tmp_path):
    v1 = 'configs/synthetic/v1_resnet10t_arcface.py'
    tool('test', v1, 'none', '--tta', '--work-dir', tmp_path, *options)
    assert [row['stage'] for row in read(tmp_path / 'reports/test/scores.csv')] == ['raw', '+TTA']


def test_resume_goes_on_where_training_stopped(trained, checkpoint, options, tmp_path):
    longer = [*options, 'train_cfg.max_epochs=3']
    done = tool('train', CONFIG, '--work-dir', tmp_path, '--resume', checkpoint, *longer)
    output = done.stdout + done.stderr
    assert 'Epoch(train) [3]' in output
    assert 'Epoch(train) [1]' not in output


def test_no_validate_skips_validation(options, tmp_path):
    shorter = [*options, 'train_cfg.max_epochs=1']
    tool('train', CONFIG, '--work-dir', tmp_path, '--no-validate', *shorter)
    assert not (tmp_path / 'reports').exists()


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ('model.head.num_classes=31', 'model.head.num_classes is 31'),
        ('train_dataloader.dataset.ann_file=nowhere.csv', 'nowhere.csv'),
        ('train_dataloader.dataset.subset=trian', "'trian'"),
        ('model.backbone.model_name=resnet1000', 'resnet1000'),
        ('model.head.type=SoftMaxxHead', 'SoftMaxxHead'),
        ('model.backbone.checkpoint_path=nowhere.safetensors', 'model.backbone.checkpoint_path'),
    ],
)
def test_a_mistake_in_the_config_is_named(options, tmp_path, change, message):
    done = tool('train', CONFIG, '--work-dir', tmp_path, *options, change, check=False)
    assert done.returncode != 0
    assert message in done.stderr


def test_out_item_needs_out(tmp_path):
    done = tool('test', CONFIG, 'none', '--out-item', 'pred', check=False)
    assert done.returncode == 2
    assert '--out FILE' in done.stderr
