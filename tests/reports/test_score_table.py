import csv
import io

import pytest
from rich.console import Console

from jaguar_mm.reports import print_scores, score_csv, score_table

SCORES = {('all', 'raw'): {'mAP_ib': 1 / 3, 'mAP': 0.5}, ('all', '+QE'): {'mAP_ib': 0.75, 'mAP': 0.25}}


def rendered(table) -> str:
    console = Console(width=100, file=io.StringIO())
    console.print(table)
    return console.file.getvalue()


def test_csv_keeps_every_digit_and_the_order():
    rows = list(csv.DictReader(io.StringIO(score_csv(SCORES))))
    assert [(row['protocol'], row['stage']) for row in rows] == list(SCORES)
    assert float(rows[0]['mAP_ib']) == 1 / 3


def test_one_protocol_needs_no_column_for_it():
    text = rendered(score_table(SCORES, 'test'))
    assert 'protocol' not in text
    assert '0.3333' in text
    assert text.index('raw') < text.index('+QE')


def test_several_protocols_are_told_apart():
    text = rendered(score_table(SCORES | {('same_flank', 'raw'): {'mAP_ib': 0.1, 'mAP': 0.2}}, 'test'))
    assert 'protocol' in text
    assert 'same_flank' in text


@pytest.mark.parametrize('width', [20, 80, 200])
def test_a_narrow_screen_cuts_no_figure(monkeypatch, width):
    monkeypatch.setenv('COLUMNS', str(width))
    metrics = {f'metric_{i}': 0.1 + i / 1000 for i in range(12)}
    file = io.StringIO()
    print_scores({('all', '+re-ranking'): metrics, ('same_flank', 'raw'): metrics}, 'test', file)
    for value in metrics.values():
        assert file.getvalue().count(f'{value:.4f}') == 2
    assert '…' not in file.getvalue()
