"""make demo keeps its promise: minutes, so among the slow tests."""

import csv

import cv2
import pytest

from tests.cli.running import tool


def read(path):
    with open(path, newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_the_demo_recognises_the_animals_by_their_coats(tmp_path):
    output = tool('demo', '--work-dir', tmp_path).stdout
    after = {row['stage']: float(row['mAP_ib']) for row in read(tmp_path / 'trained/reports/test/scores.csv')}
    untrained = float(read(tmp_path / 'random/reports/test/scores.csv')[0]['mAP_ib'])
    assert list(after) == ['raw', '+TTA', '+QE', '+re-ranking']
    assert untrained < 0.2
    assert min(after.values()) >= 0.90
    for stage in ('untrained', 'encoder only', *after):
        assert stage in output
    asked = [row['row_id'] for row in read(tmp_path / 'data/test.csv')]
    assert [row['row_id'] for row in read(tmp_path / 'trained/submission.csv')] == asked
    assert cv2.imread(str(tmp_path / 'trained/reports/test/ranked.jpg')) is not None
