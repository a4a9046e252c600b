import csv
import io

import cv2
import numpy as np

from jaguar_mm.reports.background import conditions_csv, draw_conditions, print_conditions

ROWS = {
    'original': dict(mAP_ib=0.9, low=0.8, high=0.95, chance=0.1),
    "swapped query, background's owner": dict(mAP_ib=1 / 3, low=0.2, high=0.4, chance=0.1),
}


def test_the_table_has_every_figure_on_a_narrow_screen(monkeypatch):
    monkeypatch.setenv('COLUMNS', '40')
    text = io.StringIO()
    print_conditions(ROWS, 'test: epoch_20.pth', file=text)
    for part in ('0.900', '0.800 to 0.950', '0.333', '0.200 to 0.400', "swapped query, background's owner"):
        assert part in text.getvalue()


def test_the_csv_keeps_every_digit():
    rows = list(csv.DictReader(io.StringIO(conditions_csv(ROWS))))
    assert [row.pop('condition') for row in rows] == list(ROWS)
    assert [{key: float(value) for key, value in row.items()} for row in rows] == list(ROWS.values())


def test_the_plot_s_bars_are_as_high_as_the_scores():
    encoded = np.frombuffer(draw_conditions({'v1': ROWS}, 'title'), np.uint8)
    drawn = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    bar = (drawn == (0x4F, 0x6F, 0x2F)).all(2)  # the first model's colour, BGR
    left, right = np.array_split(bar[:, 100:], 2, axis=1)
    heights = [np.flatnonzero(half.sum(1) > 50).size for half in (left, right)]
    assert abs(heights[0] / heights[1] - 0.9 * 3) < 0.1


def test_several_models_are_drawn_side_by_side_even_if_a_mean_lies_outside_its_interval():
    odd = {name: row | dict(low=row['mAP_ib'] + 1e-12) for name, row in ROWS.items()}
    assert draw_conditions({'a': ROWS, 'b': odd}, 'title').startswith(b'\x89PNG')
