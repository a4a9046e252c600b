import cv2
import numpy as np
import pytest
from PIL import Image

from jaguar_mm.images import ImageError
from jaguar_mm.images.perceptual_hash import hash_images, image_hash


def scene(seed, size=(90, 130)):
    """Smooth colour noise, opaque, uint8 (H, W, 4)."""
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 13, 3)).astype(np.uint8)
    pixels = cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC)
    return np.dstack([pixels, np.full(size, 255, np.uint8)])


def differing(one, other):
    return int((image_hash(one) != image_hash(other)).sum())


def test_the_hash_is_the_sign_of_low_frequencies_against_their_median():
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 4)).astype(np.uint8)
    pixels[..., 3] = 255
    grey = np.rint(pixels[..., :3] @ [0.299, 0.587, 0.114])
    places = np.arange(64)
    waves = np.cos(np.pi * np.outer(np.arange(1, 17), 2 * places + 1) / 128)  # of the DCT-II, unscaled
    amplitudes = waves @ grey @ waves.T
    expected = (amplitudes > np.median(amplitudes)).ravel()
    assert (image_hash(pixels) != expected).sum() <= 2  # whose amplitudes are nearly the median
    assert image_hash(pixels).sum() == 128


def test_brightness_contrast_and_size_hardly_matter_but_the_image_does():
    image = scene(0)
    brighter = image.copy()
    brighter[..., :3] = image[..., :3] * 0.6 + 60
    larger = cv2.resize(image, (390, 270), interpolation=cv2.INTER_LINEAR)
    assert differing(image, brighter) <= 6
    assert differing(image, larger) <= 20
    assert all(differing(image, scene(seed)) > 80 for seed in range(1, 30))


def test_a_hash_is_of_the_animal_wherever_it_stands():
    animal = scene(0, (40, 60))
    hashes = []
    for seed, (top, left) in ((1, (5, 9)), (2, (33, 50))):
        image = scene(seed)
        image[..., 3] = 0
        image[top : top + 40, left : left + 60] = animal
        hashes.append(image_hash(image))
    np.testing.assert_array_equal(*hashes)
    np.testing.assert_array_equal(hashes[0], image_hash(animal))


def test_the_outline_counts():
    round_, square = scene(0, (60, 60)), scene(0, (60, 60))
    round_[..., 3] = cv2.circle(np.zeros((60, 60), np.uint8), (30, 30), 30, 255, -1)
    assert differing(round_, square) > 20


@pytest.mark.parametrize('alpha', [0, 100])
def test_an_empty_mask_leaves_the_whole_image(alpha):
    faint = scene(3)
    faint[..., 3] = alpha
    assert differing(faint, scene(3)) == 0


@pytest.mark.parametrize('shape', [(1, 1), (1, 500), (500, 1), (3, 2)])
def test_odd_shapes_have_a_hash(shape):
    image = np.full((*shape, 4), 255, np.uint8)
    assert image_hash(image).shape == (256,)
    assert image_hash(image).dtype == bool


def test_files_are_hashed_in_their_order(tmp_path):
    images = [scene(seed) for seed in range(11)]
    paths = [tmp_path / f'{seed}.png' for seed in range(11)]
    for path, image in zip(paths, images, strict=True):
        Image.fromarray(image).save(path)
    np.testing.assert_array_equal(list(hash_images(paths, workers=2)), [image_hash(each) for each in images])


def test_a_broken_file_is_named(tmp_path):
    Image.fromarray(scene(0)).save(tmp_path / 'good.png')
    (tmp_path / 'bad.png').write_bytes((tmp_path / 'good.png').read_bytes()[:300])
    with pytest.raises(ImageError, match=r'bad\.png'):
        list(hash_images([tmp_path / 'good.png', tmp_path / 'bad.png'], workers=1))
