import numpy as np
import pytest

from jaguar_mm.images import LoadedImage
from jaguar_mm.matching import cut_out
from tests.matching.animals import spotted


def test_the_animal_is_cut_out_at_the_size_asked_for():
    image = spotted()
    animal = cut_out(image, 96)
    assert max(animal.pixels.shape[:2]) == 96
    assert animal.inside.shape == animal.pixels.shape[:2]
    rows, columns = np.nonzero(image.pixels[..., 3])
    left, top, right, bottom = animal.box
    assert left <= columns.min() < columns.max() < right
    assert top <= rows.min() < rows.max() < bottom
    assert (right - left) < 1.2 * np.ptp(columns)


def test_keypoints_may_be_on_the_animal_and_away_from_its_outline_only():
    image = spotted()
    animal = cut_out(image, 160)
    rows, columns = np.nonzero(animal.inside)
    x, y = animal.to_image(np.stack([columns, rows], 1)).round().astype(int).T
    for dx, dy in [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]:
        assert image.pixels[y + dy, x + dx, 3].min() == 255
    assert not animal.pixels[0].any()  # black around it
    assert 0.5 < animal.inside.sum() / (image.pixels[..., 3] > 0).sum() / (160 / np.ptp(animal.box[::2])) ** 2 < 1


def test_points_go_back_into_the_image():
    pixels = np.zeros((40, 60, 4), np.uint8)
    pixels[10:30, 20:50, 3] = 255
    pixels[17, 33, :3] = 255
    animal = cut_out(LoadedImage(pixels, True), 64)  # enlarged
    y, x = np.unravel_index(animal.pixels[..., 0].argmax(), animal.inside.shape)
    np.testing.assert_allclose(animal.to_image(np.array([[x, y]])), [[33, 17]], atol=0.5)


@pytest.mark.parametrize('shape', [(1, 1), (1, 300), (300, 1), (7, 5)])
def test_odd_shapes_are_taken_and_enlarged_twofold_at_most(shape):
    animal = cut_out(LoadedImage(np.full((*shape, 4), 200, np.uint8), False), 512)
    assert animal.inside.all()
    assert max(animal.inside.shape) == min(512, 2 * max(shape))


def test_without_a_mask_the_whole_image_is_the_animal():
    image = spotted(has_alpha=False)
    empty = LoadedImage(np.dstack([image.pixels[..., :3], np.zeros(image.pixels.shape[:2], np.uint8)]), True)
    for each in (image, empty):
        animal = cut_out(each, 160)
        np.testing.assert_array_equal(animal.pixels, image.pixels[..., :3])
        assert animal.inside.all()
        np.testing.assert_array_equal(animal.box, [0, 0, 160, 120])
