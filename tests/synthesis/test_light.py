from dataclasses import replace

import numpy as np
import pytest

from jaguar_mm.synthesis.light import KINDS, draw_light, expose

SCENE = np.random.default_rng(0).uniform(0, 255, (40, 60, 4)).astype(np.float32)


def light(kind='day', **changes):
    even = {'tint': np.ones(3, np.float32), 'dapple': np.ones((5, 8), np.float32), 'contrast': 1.0}
    plain = even | {'grain': 0.0, 'motion': 0}
    return replace(draw_light(np.random.default_rng(0)), kind=kind, **plain | changes)


def shoot(chosen, seed=0):
    return expose(SCENE.copy(), chosen, np.random.default_rng(seed))


def test_plain_light_changes_nothing():
    np.testing.assert_allclose(shoot(light()), SCENE, atol=1)


def test_infrared_images_are_grey():
    pixels = shoot(light('infrared', grain=8.0))
    np.testing.assert_array_equal(pixels[..., 0], pixels[..., 1])
    np.testing.assert_array_equal(pixels[..., 0], pixels[..., 2])


def test_dusk_is_darker_than_day():
    tints = {kind: [] for kind in KINDS}
    for seed in range(200):
        drawn = draw_light(np.random.default_rng(seed))
        tints[drawn.kind].append(drawn.tint.mean())
    assert all(len(drawn) > 5 for drawn in tints.values())
    assert max(tints['dusk']) < np.mean(tints['day'])
    assert 0.7 < len(tints['day']) / 200 < 0.9


def test_grain_has_the_stated_strength_and_leaves_the_mask():
    grey = np.full((100, 100, 4), 128, np.float32)
    pixels = expose(grey, light(grain=6.0), np.random.default_rng(1))
    assert pixels[..., 0].std() == pytest.approx(6, rel=0.05)
    assert (pixels[..., 3] == 128).all()


def test_motion_smears_along_its_way_only():
    point = np.zeros((31, 61, 4), np.float32)
    point[15, 30] = 255
    trail = expose(point, light(motion=10 / 61), np.random.default_rng(0))[..., 3] > 0
    assert trail.sum(1).nonzero()[0].tolist() == [15]
    assert 9 <= trail.sum() <= 12
