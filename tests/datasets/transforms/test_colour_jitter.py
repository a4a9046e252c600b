import numpy as np
import pytest

from jaguar_mm.registry import TRANSFORMS

IMAGE = np.random.default_rng(0).integers(60, 180, (40, 30, 3), dtype=np.uint8)  # leaves 0 to 255 in no step
FACTORS = {'brightness': 0.2, 'contrast': 0.2, 'saturation': 0.2}


def run(kind, seed, image=IMAGE, **options):
    np.random.seed(seed)
    return TRANSFORMS.build({'type': kind, **options})({'img': image.copy(), 'img_path': 'lua.png'})


def run_stock(seed, **options):
    """The stock transform, given the channels in the order that it expects."""
    return run('ColorJitter', seed, IMAGE[..., ::-1], backend='pillow', **options)['img'][..., ::-1]


@pytest.mark.parametrize('seed', range(20))
def test_equals_the_stock_transform_but_for_rounding(seed):
    stock = run_stock(seed, **FACTORS)
    ours = run('MatrixColorJitter', seed, **FACTORS)['img']
    assert ours.dtype == np.uint8
    assert np.abs(ours.astype(int) - stock).max() <= 3  # the stock one drops fractions thrice


@pytest.mark.parametrize('name', FACTORS)
def test_each_factor_alone(name):
    stock = run_stock(0, **{name: (0.7, 0.7)})
    ours = run('MatrixColorJitter', 0, **{name: (0.7, 0.7)})['img']
    assert np.abs(ours.astype(int) - stock).max() <= 1
    assert (ours != IMAGE).any()


def test_without_factors_nothing_changes():
    results = run('MatrixColorJitter', 0)
    np.testing.assert_array_equal(results['img'], IMAGE)
    assert results['img_path'] == 'lua.png'
