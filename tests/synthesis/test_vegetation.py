import numpy as np
import pytest

from jaguar_mm.synthesis.vegetation import blade, draw_plant, foliage_colour, leaf


@pytest.mark.parametrize('seed', range(5))
def test_a_leaf_has_its_length_about_its_centre(seed):
    outline = leaf(np.random.default_rng(seed), 40 + 30j, 20.0)
    assert np.abs(outline - (40 + 30j)).max() == pytest.approx(10, rel=0.01)
    assert np.abs(outline[:, None] - outline).max() == pytest.approx(20, rel=0.01)


@pytest.mark.parametrize('seed', range(5))
def test_a_blade_grows_from_its_root_to_a_point(seed):
    outline = blade(np.random.default_rng(seed), 40 + 90j, 50.0)
    foot, tip = (outline[[i, -1 - i]] for i in (0, 6))
    assert foot.mean() == pytest.approx(40 + 90j)
    assert tip[0] == pytest.approx(tip[1])
    assert abs(tip[0] - foot.mean()) == pytest.approx(50, rel=0.01)


def test_dry_plants_are_straw_and_fresh_ones_green():
    dry, fresh = (
        np.mean([foliage_colour(np.random.default_rng(seed), dryness) for seed in range(50)], 0) for dryness in (1, 0)
    )
    assert fresh.argmax() == 1
    assert dry.argmax() == 0


def test_veins_make_one_half_lighter():
    outline = leaf(np.random.default_rng(0), 50 + 50j, 60.0)
    plain, veined = np.zeros((2, 100, 100, 3), np.uint8)
    draw_plant(plain, outline, np.array([60, 100, 40]), veined=False)
    draw_plant(veined, outline, np.array([60, 100, 40]), veined=True)
    assert (veined >= plain).all()
    assert set(np.unique(plain[40:60, 40:60])) == {40, 60, 100}
    assert {100, 118} <= set(np.unique(veined[..., 1]))
