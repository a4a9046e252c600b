from itertools import permutations

import numpy as np
import pytest

from jaguar_mm.images.colour import adjust_colours

GREY = [0.299, 0.587, 0.114]


def one_by_one(image, steps):
    """The steps as torchvision describes them, in float64 and without cutting off in between."""
    values = image.astype(float)
    for name, factor in steps:
        grey = (values @ GREY)[..., None]
        other = {'brightness': 0, 'contrast': grey.mean(), 'saturation': grey}[name]
        values = factor * values + (1 - factor) * other
    return np.clip(values, 0, 255)


@pytest.mark.parametrize('seed', range(8))
def test_one_matrix_does_what_the_steps_do_in_any_order(seed):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (31, 17, 3), dtype=np.uint8)
    factors = dict(zip(('brightness', 'contrast', 'saturation'), rng.uniform(0, 2, 3), strict=True))
    result = adjust_colours(image, **factors)
    assert result.dtype == np.uint8
    for steps in permutations(factors.items()):
        assert np.abs(result - one_by_one(image, steps)).max() < 1


def test_factors_of_1_change_nothing_and_of_0_leave_one_colour():
    image = np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    np.testing.assert_array_equal(adjust_colours(image, 1, 1, 1), image)
    assert not adjust_colours(image, 0, 1, 1).any()
    assert len(np.unique(adjust_colours(image, 1, 0, 1))) == 1
    assert np.ptp(adjust_colours(image, 1, 1, 0).astype(int), axis=-1).max() == 0
