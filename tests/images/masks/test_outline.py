import cv2
import numpy as np
import pytest
from scipy import ndimage

from jaguar_mm.images.masks import outline

SIDE = 224


def blobs(*circles, low=0.2, high=0.99):
    """Saliency that is high in circles (column, row, radius) and falls off over a few pixels."""
    field = np.zeros((SIDE, SIDE), np.uint8)
    for column, row, radius in circles:
        cv2.circle(field, (column, row), radius, 255, cv2.FILLED)
    soft = cv2.GaussianBlur(field, (0, 0), 2).astype(np.float32) / 255
    return low + (high - low) * soft


def by_scipy(saliency, level=0.7):
    above = saliency >= saliency.min() + level * np.ptp(saliency)
    parts, _ = ndimage.label(above, np.ones((3, 3)))
    sizes = np.bincount(parts.ravel())
    return ndimage.binary_fill_holes(parts == 1 + sizes[1:].argmax())


@pytest.mark.parametrize('seed', range(5))
def test_the_mask_is_the_largest_part_with_its_holes_filled(seed):
    rng = np.random.default_rng(seed)
    circles = [(*rng.integers(30, 190, 2).tolist(), int(rng.integers(8, 30))) for _ in range(6)]
    saliency = blobs(*circles)
    cv2.circle(saliency, circles[0][:2], 3, 0.2, cv2.FILLED)  # perhaps a hole
    mask = outline(saliency, (SIDE, SIDE))
    assert mask.found
    np.testing.assert_array_equal(mask.alpha >= 128, by_scipy(saliency))


def test_a_ring_is_filled_and_a_second_animal_left_out():
    saliency = blobs((80, 100, 50), (190, 190, 20))
    cv2.circle(saliency, (80, 100), 20, 0.2, cv2.FILLED)
    alpha = outline(saliency, (SIDE, SIDE)).alpha
    assert alpha[100, 80] == alpha[60, 80] == 255
    assert alpha[190, 190] == 0


@pytest.mark.parametrize('shape', [(448, 560), (2000, 900), (224, 224), (60, 90), (100, 5000)])
def test_the_mask_has_the_images_size_and_a_smooth_edge(shape):
    height, width = shape
    alpha = outline(blobs((112, 112, 60)), shape).alpha
    assert alpha.shape == shape
    assert alpha.dtype == np.uint8
    rows, columns = np.mgrid[:height, :width]
    inside = np.hypot((rows + 0.5) / height - 0.5, (columns + 0.5) / width - 0.5) < 60 / SIDE
    agreement = ((alpha >= 128) & inside).sum() / ((alpha >= 128) | inside).sum()
    assert agreement > 0.93
    if min(shape) >= 2 * SIDE:  # neighbours never jump from nothing to all
        assert max(np.abs(np.diff(alpha.astype(int), axis=axis)).max() for axis in (0, 1)) < 200


@pytest.mark.parametrize('saliency', [blobs((112, 112, 60), high=0.6), np.full((SIDE, SIDE), 0.9, np.float32)])
def test_where_nothing_stands_out_the_image_is_whole(saliency):
    mask = outline(saliency, (30, 40))
    assert not mask.found
    assert (mask.alpha == 255).all()
    assert mask.alpha.shape == (30, 40)


def test_an_animal_too_small_to_be_seen_at_the_images_size_is_none():
    assert not outline(blobs((20, 20, 3)), (1, 1)).found
