import numpy as np
import pytest

from jaguar_mm.images import composite
from jaguar_mm.images.background import (
    IMAGENET_MEAN,
    blurred,
    donated,
    noise,
    silhouette,
    solid,
    without_alpha,
    without_animal,
)

RNG = np.random.default_rng(0)


def red_animal_on_green(height=40, width=60):
    """A red rectangle, opaque, in green surroundings that get brighter to the right."""
    rgba = np.zeros((height, width, 4), np.uint8)
    rgba[..., 1] = np.linspace(100, 200, width)
    inside = slice(height // 4, 3 * height // 4), slice(width // 4, 3 * width // 4)
    rgba[inside] = (255, 0, 0, 255)
    return rgba, inside


def test_composite_equals_the_blend_formula():
    rgba = RNG.integers(0, 256, (31, 17, 4), dtype=np.uint8)
    background = RNG.integers(0, 256, (31, 17, 3), dtype=np.uint8)
    alpha = rgba[..., 3:].astype(float) / 255
    expected = alpha * rgba[..., :3] + (1 - alpha) * background
    result = composite(rgba, background)
    assert result.dtype == np.uint8
    assert np.abs(result - expected).max() <= 0.51


@pytest.mark.parametrize(('alpha', 'shown'), [(0, 'background'), (255, 'animal')])
def test_composite_is_exact_at_both_ends(alpha, shown):
    every_pair = np.stack(np.meshgrid(np.arange(256), np.arange(256)), axis=-1).astype(np.uint8)
    animal, background = (np.repeat(every_pair[..., i : i + 1], 3, axis=2) for i in range(2))
    rgba = np.dstack([animal, np.full((256, 256), alpha, np.uint8)])
    np.testing.assert_array_equal(composite(rgba, background), background if shown == 'background' else animal)


@pytest.mark.parametrize('view', [np.s_[3:150, 4:9], np.s_[:, ::-1], np.s_[::-1], np.s_[::3, ::-2], np.s_[..., ::-1]])
def test_composite_takes_views(view):
    rgba = RNG.integers(0, 256, (200, 20, 4), dtype=np.uint8)
    part = rgba[view]
    background = RNG.integers(0, 256, (*part.shape[:2], 3), dtype=np.uint8)
    np.testing.assert_array_equal(composite(part, background), composite(part.copy(), background))
    np.testing.assert_array_equal(without_alpha(part), part[..., :3])
    np.testing.assert_array_equal(blurred(part), blurred(part.copy()))


def test_solid_is_one_colour():
    background = solid((4, 5, 4), (1, 2, 3))
    assert background.shape == (4, 5, 3)
    assert (background == (1, 2, 3)).all()


@pytest.mark.parametrize('grain', [1, 7, 100])
def test_noise_depends_on_its_seed_and_gets_smoother_with_its_grain(grain):
    first = noise((48, 33), grain, seed=5)
    assert first.shape == (48, 33, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, noise((48, 33), grain, seed=5))
    assert (first != noise((48, 33), grain, seed=6)).any()
    steps = np.abs(np.diff(first.astype(int), axis=1)).mean()
    assert steps < 200 / grain


@pytest.mark.parametrize('scale', [1, 5])
def test_nothing_of_the_animal_leaks_into_its_blurred_background(scale):
    rgba, inside = red_animal_on_green(40 * scale, 60 * scale)
    for background in (blurred(rgba), without_animal(rgba)):
        assert background.shape == rgba[..., :3].shape
        assert background[..., 0].max() <= 1
        assert background[inside][..., 1].min() >= 100
        assert background[inside][..., 1].max() <= 201


def test_blur_follows_the_surroundings():
    rgba, _ = red_animal_on_green()
    background = blurred(rgba)
    assert background[20, -1, 1] > background[20, 0, 1] + 50


def test_only_the_animal_is_painted_over():
    rgba, inside = red_animal_on_green()
    far = np.ones(rgba.shape[:2], bool)
    far[inside[0].start - 2 : inside[0].stop + 2, inside[1].start - 2 : inside[1].stop + 2] = False
    np.testing.assert_array_equal(without_animal(rgba)[far], rgba[far][:, :3])


def test_the_argument_is_left_alone():
    rgba, _ = red_animal_on_green()
    before = rgba.copy()
    blurred(rgba), without_animal(rgba)
    np.testing.assert_array_equal(rgba, before)


def test_an_image_without_background_gives_the_mean_colour():
    rgba = RNG.integers(0, 256, (12, 9, 4), dtype=np.uint8)
    rgba[..., 3] = 255
    for background in (blurred(rgba), without_animal(rgba), donated(rgba, (6, 5))):
        assert (background == IMAGENET_MEAN).all()


def test_a_single_pixel_of_background_is_enough():
    rgba = np.full((200, 300, 4), 255, np.uint8)
    rgba[:10, :10] = (10, 20, 30, 0)
    background = blurred(rgba)
    assert np.abs(background[199, 299].astype(int) - (10, 20, 30)).max() <= 1


def test_a_silhouette_has_the_mask_s_shape_and_nothing_of_the_pixels():
    rgba, inside = red_animal_on_green()
    rgba[inside][..., :3] = RNG.integers(0, 256, (*rgba[inside].shape[:2], 3))
    rgba[0, 0, 3] = 51  # a fifth of the animal's colour
    shape = silhouette(rgba, (10, 20, 30), (110, 120, 130))
    expected = np.full(rgba[..., :3].shape, (110, 120, 130))
    expected[inside] = (10, 20, 30)
    expected[0, 0] = (90, 100, 110)
    np.testing.assert_array_equal(shape, expected)


@pytest.mark.parametrize('shape', [(11, 90), (120, 80), (40, 60)])
def test_a_donor_is_stretched_to_any_shape(shape):
    rgba, _ = red_animal_on_green()
    background = donated(rgba, shape)
    assert background.shape == (*shape, 3)
    assert background[..., 0].max() <= 1
