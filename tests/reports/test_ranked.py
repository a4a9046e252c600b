import cv2
import numpy as np
import pytest

from jaguar_mm.reports import draw_rows, ranked_rows
from jaguar_mm.reports.sheet import QUERY, RIGHT, UNKNOWN, WRONG
from jaguar_mm.retrieval import MatrixRanking


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
ALL = MatrixRanking(SIMILARITY, one_set=True).top_k(3)


def test_rows_are_ordered_and_framed_by_truth(paths):
    (row,) = ranked_rows(ALL, paths, paths, IDS, IDS, queries=[0])
    assert [tile.image for tile in row] == [paths[0], paths[2], paths[3], paths[1]]
    assert [tile.frame for tile in row] == [QUERY, RIGHT, WRONG, WRONG]
    assert row[1].caption == '0.90 Abril'


def test_a_short_list_ends_where_its_matches_end(paths):
    matches = np.array([[0.9, -np.inf]] * 4), np.array([[2, -1]] * 4)
    (row,) = ranked_rows(matches, paths, paths, IDS, IDS, queries=[1])
    assert [tile.image for tile in row] == [paths[1], paths[2]]


def test_unknown_identities_have_a_neutral_frame(paths):
    nobody = [None] * 4
    (row,) = ranked_rows(ALL, paths, paths, nobody, nobody, queries=[3])
    assert {tile.frame for tile in row[1:]} == {UNKNOWN}


def test_the_sheet_shows_the_frames(paths):
    rows = ranked_rows(ALL, paths, paths, IDS, IDS, queries=[0, 1])
    sheet = draw_rows(rows)
    assert sheet.dtype == np.uint8
    colours = {tuple(colour) for colour in sheet.reshape(-1, 3)}
    assert {QUERY, RIGHT, WRONG} <= colours
