import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.registry import DefaultScope

from jaguar_mm.registry import MODELS
from tests.models.test_preprocessor import batch


def build(**kwargs):
    with DefaultScope.overwrite_default_scope('jaguar_mm'):
        return MODELS.build(dict(type='MultiScalePreprocessor', num_classes=3, **kwargs))


def images(size=(8, 12)):
    data = batch([0, 1])
    return data | dict(inputs=[torch.arange(3 * size[0] * size[1]).reshape(3, *size).float() for _ in range(2)])


def test_every_batch_has_one_of_the_sizes_and_the_draw_is_numpys():
    preprocess, found = build(scales=(0.5, 1.0, 1.5)), []
    for seed in range(30):
        np.random.seed(seed)
        expected = (0.5, 1.0, 1.5)[np.random.randint(3)]
        np.random.seed(seed)
        inputs = preprocess(images(), training=True)['inputs']
        assert inputs.shape == (2, 3, round(8 * expected), round(12 * expected))
        found.append(expected)
    assert set(found) == {0.5, 1.0, 1.5}


def test_pixels_are_those_of_the_normalised_images_resized():
    settings = dict(mean=[10.0, 20.0, 30.0], std=[2.0, 4.0, 5.0])
    found = build(scales=(0.5,), **settings)(images(), training=True)['inputs']
    normalised = torch.stack(images()['inputs'])
    normalised = (normalised - torch.tensor(settings['mean']).view(3, 1, 1)) / torch.tensor(settings['std']).view(
        3, 1, 1
    )
    torch.testing.assert_close(found, F.interpolate(normalised, (4, 6), mode='bicubic', antialias=True))
    kept = build(scales=(1.0,), **settings)(images(), training=True)['inputs']
    torch.testing.assert_close(kept, normalised)


def test_sides_are_multiples():
    assert build(scales=(0.6,), divisor=4)(images((16, 24)), training=True)['inputs'].shape[-2:] == (8, 16)


def test_outside_training_nothing_changes_and_no_number_is_drawn():
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    assert build(scales=(0.5,))(images())['inputs'].shape == (2, 3, 8, 12)
    assert (np.random.get_state()[1] == before).all()


@pytest.mark.parametrize('scales', [(), (0.0,), (1.0, -1.0)])
def test_scales_that_are_no_factors_are_refused(scales):
    with pytest.raises(ValueError, match=r'model\.data_preprocessor\.scales'):
        build(scales=scales)
