import numpy as np
import pytest

from jaguar_mm.synthesis.anatomy import LAYERS, SKELETON
from jaguar_mm.synthesis.body import bounds, evaluate
from jaguar_mm.synthesis.pose import Pose, draw_pose

STANDING = Pose({name: chain.standing for name, chain in SKELETON.items()}, 1.0, np.eye(3))
STILL = np.zeros((4, 7, 2), np.float32)


def drawn_pose(burst, own=0, *, facing_right=False):
    return draw_pose(np.random.default_rng(burst), np.random.default_rng(own), facing_right=facing_right)


def at(body, layer, place):
    """The layer's values at the pixel nearest to a place of the body plane."""
    column, row, _ = np.linalg.inv(body.to_plane) @ [place.real, place.imag, 1]
    return body.layers[layer][round(row), round(column)]


@pytest.fixture(scope='module')
def standing():
    return evaluate(STANDING, STILL, -1j)


def test_the_torso_is_inside_and_the_corners_are_outside(standing):
    assert at(standing, 'near', 0.5 + 0.2j)[0] == pytest.approx(-0.18, abs=0.04)
    for layer in LAYERS:
        distance = standing.layers[layer][..., 0]
        assert (distance[[0, 0, -1, -1], [0, -1, 0, -1]] > 0).all()
        assert distance.min() < 0


def test_a_standing_animal_wears_its_coat_where_it_was_drawn(standing):
    for place in (0.5 + 0.2j, 0.3 + 0.22j, 0.7 + 0.19j):
        x, y = at(standing, 'near', place)[2:]
        assert abs(x + 1j * y - place) < 0.03


def test_the_far_legs_wear_another_part_of_the_coat(standing):
    hoof = SKELETON['far_foreleg']
    x, y = at(standing, 'far', hoof.standing[-2])[2:]
    assert abs(x + 1j * y - hoof.on_coat[-2]) < 0.04


def test_a_bent_leg_keeps_its_coat():
    pose = drawn_pose(1)
    foot = pose.joints['near_foreleg'][-2]
    x, y = at(evaluate(pose, STILL, -1j), 'near', foot)[2:]
    assert abs(x + 1j * y - SKELETON['near_foreleg'].on_coat[-2]) < 0.05


def test_a_shifted_skin_shifts_the_coat(standing):
    shifted = evaluate(STANDING, STILL + np.float32([0.1, -0.05]), -1j)
    change = shifted.layers['near'] - standing.layers['near']
    np.testing.assert_allclose(change, np.broadcast_to(np.float32([0, 0, 0.1, -0.05]), change.shape), atol=1e-5)


def test_light_from_above_brightens_the_back_and_not_the_belly():
    above = evaluate(STANDING, STILL, -1j)
    assert at(above, 'near', 0.5 + 0.08j)[1] > at(above, 'near', 0.5 + 0.34j)[1] + 0.2


@pytest.mark.parametrize('burst', range(5))
def test_bounds_enclose_every_layer(burst):
    pose = drawn_pose(burst)
    corners, body = bounds(pose), evaluate(pose, STILL, -1j)
    for layer in LAYERS:
        rows, columns = np.nonzero(body.layers[layer][..., 0] < 0)
        x, y, _ = body.to_plane @ np.stack([columns, rows, np.ones(len(rows))])
        slack = 0.04  # where bones melt together the outline swells a little
        assert corners.real.min() - slack < x.min() <= x.max() < corners.real.max() + slack
        assert corners.imag.min() - slack < y.min() <= y.max() < corners.imag.max() + slack
