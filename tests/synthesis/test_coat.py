import numpy as np
import pytest

from jaguar_mm.synthesis.anatomy import COAT_ORIGIN, COAT_ZONES
from jaguar_mm.synthesis.coat import PALE, coat, zones
from jaguar_mm.synthesis.marks import DARK

RESOLUTION = 60


def flank_of(texture):
    """The torso's part of the dark marks, as float."""
    left, top = np.round((np.array([0.15, 0.02]) - COAT_ORIGIN) * RESOLUTION).astype(int)
    return texture[top : top + round(0.35 * RESOLUTION), left : left + round(0.7 * RESOLUTION), DARK].astype(float)


def correlation(one, other):
    return np.corrcoef(flank_of(one).ravel(), flank_of(other).ravel())[0, 1]


@pytest.mark.parametrize('address', [(0, 0, 1), (0, 1, 0), (1, 0, 0)], ids=['flank', 'identity', 'seed'])
def test_another_flank_identity_or_seed_is_another_pattern(address):
    assert abs(correlation(coat(0, 0, 0, RESOLUTION), coat(*address, RESOLUTION))) < 0.25


def test_resolution_shows_the_same_pattern():
    fine = coat(0, 0, 0, 2 * RESOLUTION)[::2, ::2]
    assert correlation(coat(0, 0, 0, RESOLUTION), fine) > 0.9


def test_a_coat_drawn_again_is_the_same():
    first = coat(3, 2, 1, RESOLUTION)
    coat.cache_clear()
    np.testing.assert_array_equal(coat(3, 2, 1, RESOLUTION), first)


def test_a_flank_is_neither_bare_nor_black_and_its_belly_is_pale():
    texture = coat(0, 0, 0, RESOLUTION)
    assert 0.2 < (flank_of(texture) > 127).mean() < 0.65
    back, belly = (texture[round((y + 0.4) * RESOLUTION), round(1.05 * RESOLUTION)] for y in (0.1, 0.44))
    assert belly[PALE] > 200 > 60 > back[PALE]


def test_zones_are_met_where_they_are_given():
    np.testing.assert_allclose(zones(COAT_ZONES[:, :2]), COAT_ZONES[:, 2:], atol=0.02)
