import cv2
import numpy as np
import pytest

from jaguar_mm.images import composite
from jaguar_mm.images.shrink import averaged, shrink

RNG = np.random.default_rng(0)


def shares(length, short):
    """How much of each of ``length`` pixels lies in each of ``short`` ones; rows add up to 1."""
    edges = np.linspace(0, length, short + 1)
    inside = np.minimum(edges[1:, None], np.arange(1, length + 1)) - np.maximum(edges[:-1, None], np.arange(length))
    return np.maximum(inside, 0) * short / length


def area_mean(values, shape):
    """Exact means over areas, in float64."""
    rows, columns = (shares(*lengths) for lengths in zip(values.shape, shape, strict=False))
    return np.einsum('ih,hwc,jw->ijc', rows, values.astype(float), columns)


def noise(height, width, alpha):
    rgba = RNG.integers(0, 256, (height, width, 4), dtype=np.uint8)
    if alpha == 'hard':
        rgba[..., 3] = 255 * (np.hypot(*np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]) < 0.7)
    elif alpha == 'faint':
        rgba[..., 3] = RNG.integers(0, 4, (height, width))
    return rgba


@pytest.mark.parametrize('alpha', ['hard', 'soft', 'faint'])
@pytest.mark.parametrize(('height', 'width', 'side'), [(90, 120, 31), (121, 64, 63), (50, 500, 7), (96, 96, 48)])
def test_animal_and_background_are_averaged_apart(height, width, side, alpha):
    rgba = noise(height, width, alpha)
    small = shrink(rgba, side)
    shape = small.shape[:2]
    assert min(shape) == side
    assert abs(shape[1] / shape[0] - width / height) < 0.5 / side * max(1, width / height)
    weights = area_mean(rgba[..., 3:], shape)
    plain = area_mean(rgba[..., :3], shape)
    weighted = area_mean(rgba[..., :3].astype(float) * rgba[..., 3:], shape) / np.maximum(weights, 1e-9)
    assert np.abs(small[..., 3:] - weights).max() < 0.51
    edge = (small[..., 3] > 0) & (small[..., 3] < 255)
    assert edge.any()
    assert np.abs(small[edge][:, :3] - weighted[edge]).max() < 0.51
    assert np.abs(small[~edge][:, :3] - plain[~edge]).max(initial=0) < 0.51


def test_a_cut_out_animal_is_the_same_before_and_after():
    """Compositing, then shrinking is shrinking, then compositing, if the new background is of one colour."""
    rgba, colour = noise(300, 400, 'hard'), np.array([200, 30, 90], np.uint8)
    rgba[rgba[..., 3] == 0, :3] = (0, 255, 0)
    late = composite(shrink(rgba, 64), np.broadcast_to(colour, (64, 85, 3)))
    early = area_mean(composite(rgba, np.broadcast_to(colour, (300, 400, 3))), (64, 85))
    assert np.abs(late - early).max() < 2


def test_the_background_under_alpha_0_survives():
    rgba = np.full((60, 80, 4), (10, 120, 60, 0), np.uint8)
    rgba[20:40, 20:60] = (200, 30, 10, 255)
    small = shrink(rgba, 23)
    assert (small[0] == (10, 120, 60, 0)).all()
    assert (small[small[..., 3] > 0][:, :3] == (200, 30, 10)).all()


def test_nothing_is_enlarged_or_copied_in_vain():
    for shape in ((20, 30, 4), (32, 32, 4), (31, 1000, 4)):
        rgba = np.zeros(shape, np.uint8)
        assert shrink(rgba, 32) is rgba


def test_one_pixel_of_everything():
    assert shrink(noise(5, 4, 'soft'), 1).shape == (1, 1, 4)
    assert shrink(noise(400, 3, 'soft'), 2).shape == (267, 2, 4)


@pytest.mark.parametrize('size', [(40, 30), (41, 29), (13, 77), (80, 60), (1, 1)])
@pytest.mark.parametrize('channels', [3, 4])
def test_averages_are_opencv_s(size, channels):
    pixels = RNG.integers(0, 256, (120, 160, channels), dtype=np.uint8)
    np.testing.assert_array_equal(averaged(pixels, size), cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
