import cv2
import numpy as np
import pytest

from jaguar_mm.reports import draw_rows, ranked_rows
from jaguar_mm.reports.sheet import QUERY, RIGHT, UNKNOWN, WRONG


@pytest.fixture
def paths(tmp_path):
    made = []
    for i in range(4):
        path = tmp_path / f'{i}.png'
        cv2.imwrite(str(path), np.full((20 + i, 30, 4), 40 * i, np.uint8))
        made.append(str(path))
    return made


SIMILARITY = np.array([[9.0, 0.1, 0.9, 0.5], [0.1, 9.0, 0.2, 0.2], [0.9, 0.2, 9.0, 0.3], [0.5, 0.2, 0.3, 9.0]])
IDS = ['Abril', 'Lua', 'Abril', 'Lua']


def test_rows_are_ordered_and_framed_by_truth(paths):
    (row,) = ranked_rows(SIMILARITY, paths, paths, IDS, IDS, np.eye(4, dtype=bool), queries=[0])
    assert [tile.picture for tile in row] == [paths[0], paths[2], paths[3], paths[1]]
    assert [tile.frame for tile in row] == [QUERY, RIGHT, WRONG, WRONG]
    assert row[1].caption == '0.90 Abril'


def test_ties_go_by_gallery_order_and_ignored_pairs_stay_out(paths):
    ignore = np.eye(4, dtype=bool)
    ignore[1, 0] = True
    (row,) = ranked_rows(SIMILARITY, paths, paths, IDS, IDS, ignore, queries=[1], top=2)
    assert [tile.picture for tile in row] == [paths[1], paths[2], paths[3]]


def test_unknown_identities_have_a_neutral_frame(paths):
    nobody = [None] * 4
    (row,) = ranked_rows(SIMILARITY, paths, paths, nobody, nobody, np.eye(4, dtype=bool), queries=[3])
    assert {tile.frame for tile in row[1:]} == {UNKNOWN}


def test_the_sheet_shows_the_frames(paths):
    rows = ranked_rows(SIMILARITY, paths, paths, IDS, IDS, np.eye(4, dtype=bool), queries=[0, 1])
    sheet = draw_rows(rows)
    assert sheet.dtype == np.uint8
    colours = {tuple(colour) for colour in sheet.reshape(-1, 3)}
    assert {QUERY, RIGHT, WRONG} <= colours
