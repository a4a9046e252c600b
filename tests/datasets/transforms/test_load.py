import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate
from PIL import Image
from torch.utils.data import DataLoader

from jaguar_mm.datasets import ImageFolder
from jaguar_mm.images import ImageError, composite, load_rgba
from jaguar_mm.images.background import donated
from jaguar_mm.images.shrink import shrink
from jaguar_mm.registry import TRANSFORMS
from tests.plain_animal import plain_animal


@pytest.mark.parametrize('channels', [3, 4])
def test_loads_rgba_and_says_whether_there_was_alpha(tmp_path, channels):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 8, channels), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / 'a.png')
    results = TRANSFORMS.build({'type': 'LoadRGBA'})({'img_path': str(tmp_path / 'a.png'), 'image_name': 'a.png'})
    np.testing.assert_array_equal(results['img'][..., :channels], pixels)
    assert results['img'].shape == (5, 8, 4)
    assert results['img_shape'] == results['ori_shape'] == (5, 8)
    assert results['has_alpha'] == (channels == 4)
    assert results['image_name'] == 'a.png'


def test_a_broken_image_stops_with_its_name(tmp_path):
    (tmp_path / 'broken.png').write_bytes(b'\x89PNG\r\n\x1a\n')
    with pytest.raises(ImageError, match=r'broken\.png'):
        TRANSFORMS.build({'type': 'LoadRGBA'})({'img_path': str(tmp_path / 'broken.png')})


@pytest.fixture
def images(tmp_path):
    paths = [str(tmp_path / f'{name}.png') for name in ('a', 'b')]
    for seed, path in enumerate(paths):
        pixels = np.random.default_rng(seed).integers(0, 256, (40, 60, 4), dtype=np.uint8)
        pixels[10:30, 20:40, 3] = 255
        pixels[:, :10, 3] = 0
        Image.fromarray(pixels).save(path)
    return paths


def build(tmp_path, **options):
    return TRANSFORMS.build({'type': 'LoadRGBA', 'cache': str(tmp_path / 'cache'), 'size': 16, **options})


def test_a_cache_gives_the_shrunk_image(tmp_path, images):
    expected = shrink(load_rgba(images[0]).pixels, 16)
    for transform in (build(tmp_path), build(tmp_path)):
        results = transform({'img_path': images[0]})
        np.testing.assert_array_equal(results['img'], expected)
        assert results['img_shape'] == results['ori_shape'] == (16, 24)
        assert results['has_alpha']
    assert len(list((tmp_path / 'cache').glob('16-v*/*/*.rgba'))) == 1


def test_a_background_comes_from_the_cache_too(tmp_path, images):
    results = build(tmp_path)({'img_path': images[0], 'background_donors': np.array(images[1:])})
    np.random.seed(0)
    mask = TRANSFORMS.build({'type': 'AlphaMask', 'background': 'random', 'kinds': ['other']})
    background = donated(shrink(load_rgba(images[1]).pixels, 16), (16, 24))
    np.testing.assert_array_equal(mask(results)['img'], composite(results['img'], background))
    assert len(list((tmp_path / 'cache').glob('16-v*/*/*.rgba'))) == 2


def test_a_broken_image_stops_with_its_name_in_spite_of_a_cache(tmp_path):
    (tmp_path / 'broken.png').write_bytes(b'')
    with pytest.raises(ImageError, match=r'broken\.png: is empty'):
        build(tmp_path)({'img_path': str(tmp_path / 'broken.png')})


def test_a_size_that_is_none_is_refused(tmp_path):
    with pytest.raises(ValueError, match='at least 1 pixel, not 0'):
        build(tmp_path, size=0)


def test_workers_fill_one_cache(tmp_path, images):
    dataset = ImageFolder(str(tmp_path), pipeline=[build(tmp_path), {'type': 'PackInputs'}], test_mode=True)
    direct = [dataset[i]['inputs'] for i in range(2)]
    for method in ('fork', 'spawn'):
        shutil.rmtree(tmp_path / 'cache')
        loader = DataLoader(
            dataset, batch_size=1, num_workers=2, collate_fn=pseudo_collate, multiprocessing_context=method
        )
        for batch, expected in zip(loader, direct, strict=True):
            assert torch.equal(batch['inputs'][0], expected)
        assert len(list((tmp_path / 'cache').glob('16-v*/*/*.rgba'))) == 2


def test_it_says_what_it_is():
    assert repr(TRANSFORMS.build({'type': 'LoadRGBA'})) == 'LoadRGBA()'
    assert repr(build(Path('here'), cache_gb=3)) == "LoadRGBA(cache='here/cache', size=16, cache_gb=3)"
    assert repr(build(Path('here'), masks=True)).endswith(', masks=True)')


@pytest.mark.parametrize('cached', [False, True])
def test_images_without_alpha_get_a_mask_and_so_do_donors(tmp_path, cached):
    for name in ('a', 'b'):
        Image.fromarray(plain_animal(80, 120)[0]).save(tmp_path / f'{name}.png')
    folder = {'cache': str(tmp_path / 'cache'), 'size': 64} if cached else {}
    results = TRANSFORMS.build({'type': 'LoadRGBA', 'masks': True, **folder})({'img_path': str(tmp_path / 'a.png')})
    donor = results['load'](str(tmp_path / 'b.png'))
    assert results['has_alpha']
    assert donor.has_alpha
    assert 0 < (results['img'][..., 3] >= 128).mean() < 1
    np.testing.assert_array_equal(donor.pixels, results['img'])
    results['background_donors'] = [str(tmp_path / 'b.png')]
    masked = TRANSFORMS.build({'type': 'AlphaMask', 'kinds': ['other']})(results)
    assert masked['img'].shape == (*results['img_shape'], 3)


@pytest.mark.parametrize('method', ['fork', 'spawn'])
def test_workers_make_the_masks(tmp_path, method):
    for seed in range(4):
        Image.fromarray(plain_animal(40, 60, seed)[0]).save(tmp_path / f'{seed}.png')
    load = {'type': 'LoadRGBA', 'masks': True, 'cache': str(tmp_path / 'cache'), 'size': 32}
    pipeline = [load, {'type': 'AlphaMask', 'background': 'black'}, {'type': 'PackInputs'}]
    dataset = ImageFolder(str(tmp_path), pipeline=pipeline)
    direct = [dataset[index]['inputs'] for index in range(4)]
    assert all((inputs == 0).any() for inputs in direct)
    shutil.rmtree(tmp_path / 'cache')
    loader = DataLoader(dataset, batch_size=1, num_workers=2, collate_fn=pseudo_collate, multiprocessing_context=method)
    for batch, expected in zip(loader, direct, strict=True):
        assert torch.equal(batch['inputs'][0], expected)
    assert len(list((tmp_path / 'cache').rglob('*.mask'))) == 4
