import numpy as np
import pytest

from jaguar_mm.synthesis.anatomy import SKELETON
from jaguar_mm.synthesis.pose import draw_pose


def drawn(burst, own=0, *, facing_right=False):
    return draw_pose(np.random.default_rng(burst), np.random.default_rng(own), facing_right=facing_right)


@pytest.mark.parametrize('burst', range(4))
def test_bones_keep_their_length_but_for_the_legs(burst):
    joints = drawn(burst).joints
    for name, chain in SKELETON.items():
        ratio = np.abs(np.diff(joints[name])) / np.abs(np.diff(chain.standing))
        assert np.ptp(ratio) < 1e-9
        if not name.endswith('leg'):
            np.testing.assert_allclose(ratio, 1)


def test_a_burst_shares_its_pose_up_to_a_shake_and_bursts_differ():
    feet = [drawn(burst, own).joints['near_foreleg'][-1] for burst, own in ((0, 0), (0, 1), (1, 0))]
    assert 0 < abs(feet[0] - feet[1]) < 0.06 < abs(feet[0] - feet[2])


def test_the_right_flank_is_the_mirror_view():
    left, right = drawn(2), drawn(2, facing_right=True)
    np.testing.assert_allclose(np.diag([-1, 1, 1]) @ left.view, right.view)
    np.testing.assert_array_equal(left.joints['tail'], right.joints['tail'])
