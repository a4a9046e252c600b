import numpy as np
import pytest

from jaguar_mm.synthesis.scene import backdrop, cast_shadow, overgrow
from jaguar_mm.synthesis.station import panorama


def body(height=80, width=140):
    mask = np.zeros((height, width), np.float32)
    mask[20:60, 20:120] = 1
    return mask


@pytest.mark.parametrize('window', [(0, 0, 0), (1, 1, 1), (0.5, 0.2, 0)])
@pytest.mark.parametrize('shape', [(50, 200), (120, 60)])
def test_a_backdrop_is_cut_from_within_the_panorama(window, shape):
    view = panorama(0, 0) // 2 + 100  # nothing in it is black
    part = backdrop(view, np.array(window), shape)
    assert part.shape == (*shape, 3)
    assert part.min() >= 99


@pytest.mark.parametrize('hidden', [0.0, 0.05, 0.15])
@pytest.mark.parametrize('seed', range(3))
def test_plants_hide_no_more_than_they_may(hidden, seed):
    scene, mask = np.zeros((80, 140, 3), np.float32), body()
    left = overgrow(scene, mask, hidden, seed)
    share = 1 - left.sum() / mask.sum()
    assert 0 <= share <= hidden + 1e-6
    assert (left <= mask).all()


def test_hidden_parts_show_plants():
    scene, mask = np.zeros((80, 140, 3), np.float32), body()
    left = overgrow(scene, mask, 0.15, 0)
    gone = (mask > 0) & (left == 0)
    assert gone.any()
    assert (scene[gone].max(-1) > 20).all()


def test_the_shadow_lies_below_the_body_and_is_soft():
    scene = np.full((80, 140, 3), 200, np.float32)
    cast_shadow(scene, body())
    assert scene[5:20].min() > 199
    assert scene[58, 70, 0] < 150
    assert len(np.unique(scene[..., 0])) > 5
