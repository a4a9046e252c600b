import numpy as np
import pytest
from PIL import Image

from jaguar_mm.datasets.transforms.condition import CONDITIONS
from jaguar_mm.images import ImageError
from jaguar_mm.registry import TRANSFORMS

GREEN, GREY = (0, 120, 60), (124, 116, 104)
ANIMAL = np.zeros((40, 60), bool)
ANIMAL[10:30, 16:44] = True
FAR = np.ones((40, 60), bool)  # neither animal nor the fringe around it
FAR[8:32, 14:46] = False
COAT = np.random.default_rng(0).integers(100, 256, (40, 60, 3), dtype=np.uint8)


def image(surroundings, coat=COAT):
    img = np.zeros((40, 60, 4), np.uint8)
    img[..., :3] = surroundings
    img[ANIMAL] = np.dstack([coat, np.full(coat.shape[:2], 255)])[ANIMAL]
    return img


def run(condition, has_alpha=True, img=None, **options):
    img = image(GREEN) if img is None else img
    results = {'img': img, 'has_alpha': has_alpha, 'img_path': 'lua.png', 'image_name': 'lua'}
    return TRANSFORMS.build({'type': 'BackgroundCondition', 'condition': condition, **options})(results)['img']


@pytest.fixture
def donor(tmp_path):
    """Options that take the background from a file: blue to the left and yellow to the right of a black animal."""
    surroundings = np.zeros((40, 60, 3), np.uint8)
    surroundings[:, :30], surroundings[:, 30:] = (0, 0, 250), (240, 240, 0)
    path = tmp_path / 'blue.png'
    Image.fromarray(image(surroundings, coat=np.zeros_like(COAT))).save(path)
    return dict(before=[dict(type='LoadRGBA')], donors={'lua': str(path)})


def test_the_original_is_as_it_was():
    np.testing.assert_array_equal(run('original'), image(GREEN)[..., :3])
    np.testing.assert_array_equal(run('original', has_alpha=False), image(GREEN)[..., :3])


@pytest.mark.parametrize(('condition', 'behind'), [('foreground', GREY), ('blurred', GREEN)])
def test_the_animal_alone_before_something_plain(condition, behind):
    img = run(condition)
    np.testing.assert_array_equal(img[ANIMAL], COAT[ANIMAL])
    assert np.abs(img[~ANIMAL].astype(int) - behind).max() <= 1


def test_the_background_alone_has_nothing_of_the_animal():
    img = run('background')
    assert np.abs(img.astype(int) - GREEN).max() <= 1
    other = run('background', img=image(GREEN, coat=255 - COAT))
    np.testing.assert_array_equal(img, other)


def test_the_silhouette_has_no_texture_and_no_background():
    img = run('silhouette')
    assert (img[ANIMAL] == 0).all()
    assert (img[~ANIMAL] == GREY).all()
    np.testing.assert_array_equal(img, run('silhouette', img=image((250, 0, 9), coat=255 - COAT)))


def test_a_swapped_background_is_the_donor_s_without_its_animal(donor):
    img = run('swapped', **donor)
    np.testing.assert_array_equal(img[ANIMAL], COAT[ANIMAL])
    left, right = (np.arange(60) < 30) & FAR, (np.arange(60) >= 30) & FAR
    np.testing.assert_array_equal(img[left], np.tile((0, 0, 250), (left.sum(), 1)))
    np.testing.assert_array_equal(img[right], np.tile((240, 240, 0), (right.sum(), 1)))
    assert img[~ANIMAL].max(1).min() > 100  # the donor's black animal is nowhere


def test_a_donor_goes_through_the_same_steps_as_the_image(donor):
    donor['before'].append(dict(type='CropToMask', margin=0.1))
    cropped = image(GREEN)[8:32, 13:47]
    img = run('swapped', img=cropped, **donor)
    assert img.shape == (24, 34, 3)
    assert tuple(img[0, 0]) == (0, 0, 250)
    assert tuple(img[0, -1]) == (240, 240, 0)


def test_the_image_itself_is_left_alone(donor):
    for condition in CONDITIONS:
        img = image(GREEN)
        result = run(condition, img=img, **(donor if condition == 'swapped' else {}))
        np.testing.assert_array_equal(img, image(GREEN))
        assert result.dtype == np.uint8
        assert result.flags.c_contiguous


@pytest.mark.parametrize('condition', [name for name in CONDITIONS if name != 'original'])
def test_an_image_without_alpha_is_named(condition, donor):
    with pytest.raises(ImageError, match=r'lua\.png: has no alpha channel'):
        run(condition, has_alpha=False, **donor)


def test_a_donor_without_alpha_is_named(donor):
    path = donor['donors']['lua']
    Image.open(path).convert('RGB').save(path)
    with pytest.raises(ImageError, match=r'blue\.png: has no alpha channel'):
        run('swapped', **donor)


def test_an_unknown_condition_is_refused():
    with pytest.raises(ValueError, match=r"BackgroundCondition\.condition .*'nightfall'"):
        run('nightfall')
