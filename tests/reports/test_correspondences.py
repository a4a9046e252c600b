"""Corresponding spots are joined where they are, and wrong matches come first."""

import cv2
import numpy as np
import pytest
from PIL import Image

from jaguar_mm.images import LoadedImage
from jaguar_mm.matching import MATCHERS, Keypoints, LocalMatching, Matches
from jaguar_mm.reports.correspondences import CAPTION, PANEL, Pair, draw_correspondences, draw_pairs
from jaguar_mm.reports.sheet import BORDER, GAP, PAPER, RIGHT, UNKNOWN, WRONG
from jaguar_mm.reports.why import draw_why
from jaguar_mm.retrieval import MatrixRanking
from jaguar_mm.storage import EmbeddingSet
from tests.matching.animals import Nearest, spotted

ROW = PANEL[0] + 2 * BORDER + CAPTION + GAP
POINTS = np.array([[20, 30], [100, 200], [370, 40], [200, 130]], np.float32)


def pair(shape=PANEL, points=(POINTS, POINTS), confidences=(0.9, 0.8, 0.7, 0.2)):
    """Two grey images with known points, each matched with the one of its number."""
    images = tuple(
        LoadedImage(np.dstack([np.full((*shape, 3), 128, np.uint8), np.full(shape, 255, np.uint8)]), False)
        for _ in range(2)
    )
    box = np.array([0, 0, shape[1], shape[0]], np.float32)
    found = tuple(Keypoints(at, np.zeros((len(at), 4), np.float16), np.ones(len(at), np.float32), box) for at in points)
    places = np.arange(len(confidences))
    return Pair(images, found, Matches(np.stack([places, places], 1), np.array(confidences, np.float32)))


def coloured(drawn, x, y):
    """Whether something that is not grey is drawn at a place."""
    values = drawn[round(y) - 1 : round(y) + 2, round(x) - 1 : round(x) + 2].reshape(-1, 3).astype(int)
    return bool((np.ptp(values, 1) > 40).all())


@pytest.mark.parametrize('enlarged', [1, 0.5, 8])
def test_lines_end_at_the_keypoints(enlarged):
    points = ((POINTS + 0.5) * enlarged - 0.5).astype(np.float32)
    shape = round(PANEL[0] * enlarged), round(PANEL[1] * enlarged)
    drawn = draw_correspondences(pair(shape, (points, points)))
    assert drawn.shape == (ROW - GAP, 2 * PANEL[1] + GAP + 2 * BORDER, 3)
    for x, y in POINTS:
        for left in (BORDER, BORDER + PANEL[1] + GAP):
            assert coloured(drawn, left + x, BORDER + y)
    grey = draw_correspondences(pair(shape, (points, points), ()))
    assert not any(coloured(grey, BORDER + x, BORDER + y) for x, y in POINTS)


def test_lines_go_from_point_to_point():
    drawn = draw_correspondences(pair(points=(POINTS[:1], POINTS[1:2]), confidences=(1.0,)))
    start, end = POINTS[0] + BORDER, POINTS[1] + (BORDER + PANEL[1] + GAP, BORDER)
    for share in np.linspace(0.1, 0.9, 9):
        x, y = start + share * (end - start)
        assert np.ptp(drawn[round(y) - 1 : round(y) + 2, round(x)].astype(int), 1).max() > 40


def test_the_most_certain_are_drawn():
    drawn = draw_correspondences(pair(), count=3)
    seen = [coloured(drawn, BORDER + x, BORDER + y) for x, y in POINTS]
    assert seen == [True, True, True, False]


def test_no_pairs_are_a_sentence():
    with pytest.raises(ValueError, match='no pairs'):
        draw_pairs([])


@pytest.fixture
def herd(tmp_path, monkeypatch):
    monkeypatch.setitem(MATCHERS, 'nearest', lambda count: Nearest())
    monkeypatch.setenv('JAGUAR_MM_CACHE', str(tmp_path / 'cache'))
    paths = []
    for seed in range(4):
        paths.append(str(tmp_path / f'{seed}.png'))
        Image.fromarray(spotted(seed).pixels).save(paths[-1])
    Image.fromarray(np.zeros((4, 5, 4), np.uint8)).save(tmp_path / 'empty.png')
    paths.append(str(tmp_path / 'empty.png'))
    identity = ['Ana', 'Ana', 'Bo', None, 'Bo']
    return EmbeddingSet(list('abcde'), np.eye(5, dtype=np.float32), {'path': paths, 'identity': identity})


def ranking(best):
    """Return a ranking of one set in which each image has a given best match."""
    matrix = np.zeros((len(best), len(best)))
    matrix[range(len(best)), best] = 1
    return MatrixRanking(matrix, one_set=True)


def test_wrong_matches_come_first_and_unknown_ones_last(herd):
    sheet = draw_why(LocalMatching(matcher='nearest'), ranking([1, 2, 4, 0, 2]), herd)
    assert sheet.shape[0] == 5 * ROW
    frames = [tuple(sheet[place * ROW, 0].tolist()) for place in range(5)]
    assert frames == [WRONG, RIGHT, RIGHT, RIGHT, UNKNOWN]
    few = draw_why(LocalMatching(matcher='nearest'), ranking([1, 2, 4, 0, 2]), herd, pairs=2)
    assert [tuple(few[place * ROW, 0].tolist()) for place in range(2)] == [WRONG, RIGHT]


def test_queries_without_a_match_are_left_out(herd):
    query, gallery = herd.select([0, 2]), herd.select([1, 4])
    sheet = draw_why(LocalMatching(matcher='nearest'), MatrixRanking(np.eye(2), one_set=False), query, gallery)
    assert sheet.shape[0] == 2 * ROW
    assert cv2.absdiff(sheet[ROW - GAP : ROW], np.full_like(sheet[ROW - GAP : ROW], PAPER[0])).max() == 0


def test_an_image_alone_has_nothing_to_draw(herd):
    with pytest.raises(ValueError, match='no pairs'):
        draw_why(LocalMatching(matcher='nearest'), MatrixRanking(np.ones((1, 1)), one_set=True), herd.select([0]))
