import numpy as np
import pytest
from mmcv.transforms.utils import cache_random_params
from PIL import Image

from jaguar_mm.images import ImageError
from jaguar_mm.registry import TRANSFORMS

ANIMAL = np.zeros((20, 30), bool)
ANIMAL[5:15, 8:22] = True


def image(surroundings, animal=(200, 10, 10)):
    img = np.zeros((20, 30, 4), np.uint8)
    img[..., :3] = surroundings
    img[ANIMAL] = (*animal, 255)
    return img


def results(has_alpha=True, **keys):
    return {'img': image((0, 120, 60)), 'has_alpha': has_alpha, 'img_path': 'lua.png', **keys}


def run(background, seed=0, kinds=('solid', 'noise', 'other'), before=None, **options):
    np.random.seed(seed)
    transform = TRANSFORMS.build({'type': 'AlphaMask', 'background': background, 'kinds': kinds, **options})
    return transform(before or results())['img']


@pytest.fixture
def donors(tmp_path):
    """Paths of two images, one in blue surroundings and one in yellow."""
    paths = []
    for name, surroundings in (('blue', (0, 0, 250)), ('yellow', (240, 240, 0))):
        paths.append(str(tmp_path / f'{name}.png'))
        Image.fromarray(image(surroundings, animal=(0, 0, 0))).save(paths[-1])
    return np.array(paths)


@pytest.mark.parametrize(
    ('background', 'colour'),
    [('keep', (0, 120, 60)), ('blur', (0, 120, 60)), ('mean', (124, 116, 104)), ('black', (0, 0, 0))],
)
def test_fixed_backgrounds(background, colour):
    img = run(background)
    assert img.dtype == np.uint8
    assert img.shape == (20, 30, 3)
    assert img.flags.c_contiguous
    assert (img[ANIMAL] == (200, 10, 10)).all()
    np.testing.assert_allclose(img[~ANIMAL].astype(int), np.tile(colour, ((~ANIMAL).sum(), 1)), atol=1)


def test_a_solid_colour_is_drawn_anew_for_every_image():
    colours = {tuple(run('random', seed, kinds=['solid'])[0, 0]) for seed in range(20)}
    assert len(colours) == 20
    img = run('random', kinds=['solid'])
    assert (img[~ANIMAL] == img[0, 0]).all()
    assert (img[ANIMAL] == (200, 10, 10)).all()


def test_noise_is_drawn_anew_for_every_image():
    assert len({run('random', seed, kinds=['noise']).tobytes() for seed in range(20)}) == 20
    img = run('random', kinds=['noise'])
    assert img[~ANIMAL].std(axis=0).min() > 5
    assert (img[ANIMAL] == (200, 10, 10)).all()


def test_another_image_gives_its_background_but_not_its_animal(donors):
    corners = set()
    for seed in range(12):
        img = run('random', seed, kinds=['other'], before=results(background_donors=donors))
        assert (img[ANIMAL] == (200, 10, 10)).all()
        assert img[~ANIMAL].max(axis=1).min() > 200  # the donor's black animal is nowhere
        corners.add(tuple(img[0, 0].tolist()))
    assert corners == {(0, 0, 250), (240, 240, 0)}


def test_random_draws_every_kind(donors):
    keys = results(background_donors=donors)
    images = [run('random', seed, before=keys) for seed in range(60)]
    solid = sum(len(np.unique(img[~ANIMAL], axis=0)) == 1 for img in images)
    other = sum(tuple(img[0, 0].tolist()) in {(0, 0, 250), (240, 240, 0)} for img in images)
    assert solid >= 30  # solid colours, and the donors' own plain surroundings
    assert 8 <= other <= 32
    assert 8 <= 60 - solid <= 32


def test_the_seed_decides_and_nothing_is_remembered(donors):
    keys = results(background_donors=donors)
    for seed in range(6):
        np.testing.assert_array_equal(run('random', seed, before=keys), run('random', seed, before=keys))


def test_draws_can_be_shared_within_one_context():
    transform = TRANSFORMS.build({'type': 'AlphaMask', 'kinds': ['noise']})
    with cache_random_params(transform):
        np.testing.assert_array_equal(transform(results())['img'], transform(results())['img'])
    assert (transform(results())['img'] != transform(results())['img']).any()


@pytest.mark.parametrize('background', ['random', 'blur', 'mean', 'black'])
def test_a_mask_asked_for_and_not_there_stops_with_the_name(background):
    with pytest.raises(ImageError, match=rf"lua\.png: has no alpha channel.*'{background}'.*missing_alpha"):
        run(background, before=results(has_alpha=False))
    kept = run(background, before=results(has_alpha=False), missing_alpha='keep')
    np.testing.assert_array_equal(kept, results()['img'][..., :3])


def test_keep_needs_no_alpha():
    np.testing.assert_array_equal(run('keep', before=results(has_alpha=False)), results()['img'][..., :3])


def test_donors_are_asked_for_by_name():
    with pytest.raises(ValueError, match='background_donors'):
        run('random', kinds=['other'])


def test_three_channels_are_refused():
    before = results()
    before['img'] = before['img'][..., :3]
    with pytest.raises(ValueError, match='LoadRGBA'):
        run('mean', before=before)


@pytest.mark.parametrize(
    'options', [{'background': 'white'}, {'kinds': ['sky']}, {'kinds': []}, {'missing_alpha': 'x'}]
)
def test_unknown_arguments_name_their_key(options):
    (key,) = options
    with pytest.raises(ValueError, match=rf'AlphaMask\.{key}'):
        TRANSFORMS.build({'type': 'AlphaMask', **options})
