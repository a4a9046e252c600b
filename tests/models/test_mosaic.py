"""Mosaics against a plain formula: every pixel of every quarter, and every label's share."""

import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope

from jaguar_mm.models import Mosaic
from jaguar_mm.registry import BATCH_AUGMENTS, MODELS
from tests.models.test_preprocessor import batch

BATCH, CLASSES = 5, 4


def flat_images(dtype, height, width):
    """Images of one colour each: a shrunk one has the colour of the whole."""
    colours = torch.arange(1, BATCH + 1, dtype=dtype) * 10
    return colours.view(-1, 1, 1, 1).expand(-1, 3, height, width).contiguous()


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
@pytest.mark.parametrize(('height', 'width'), [(16, 24), (7, 5), (2, 2)])
def test_quarters_and_shares_are_those_of_a_plain_formula(dtype, height, width):
    scores = torch.eye(CLASSES)[torch.tensor([0, 1, 2, 3, 0])]
    for seed in range(8):
        np.random.seed(seed)
        mosaics, shares = Mosaic(border=0.2)(flat_images(dtype, height, width), scores)
        assert (mosaics.dtype, shares.dtype) == (dtype, torch.float32)
        for place, (mosaic, share) in enumerate(zip(mosaics, shares, strict=True)):
            expected = torch.zeros(CLASSES, dtype=torch.float64)
            for row in range(height):
                for column in range(width):
                    source = round(float(mosaic[0, row, column]) / 10) - 1  # of this pixel
                    expected[[0, 1, 2, 3, 0][source]] += 1 / (height * width)
            torch.testing.assert_close(share.double(), expected, rtol=0, atol=1e-6)
            assert round(float(mosaic[0, 0, 0])) == 10 * (place + 1)  # the first one is its own


def test_the_point_keeps_its_distance_from_the_edges_and_moves():
    cuts = set()
    for seed in range(200):
        np.random.seed(seed)
        torch.manual_seed(seed)
        mosaic = Mosaic(border=0.25)(flat_images(torch.float64, 40, 40), torch.eye(BATCH))[0][0, 0].round()
        if len(mosaic.unique()) == 4:
            cuts.add(int((mosaic[0] == mosaic[0, 0]).sum()))
    assert min(cuts) >= 10
    assert max(cuts) <= 30
    assert len(cuts) > 10


def test_a_quarter_shows_the_whole_image_shrunk():
    image = torch.zeros(1, 3, 16, 16)
    image[:, :, :8] = 1.0  # white above, black below
    np.random.seed(0)
    mosaic = Mosaic(border=0.5)(image, torch.ones(1, 1))[0][0, 0]
    expected = torch.tensor([1.0, 1, 1, 1, 0, 0, 0, 0]).repeat(2)
    inside = [0, 1, 2, 5, 6, 7]  # rows that no other colour is blended into
    for half in (0, 8):
        for row in inside:
            torch.testing.assert_close(mosaic[half + row], expected[half + row].expand(16))


def test_the_same_seeds_make_the_same_mosaics():
    images, scores = torch.rand(BATCH, 3, 8, 8), torch.eye(BATCH)
    found = []
    for _ in range(2):
        np.random.seed(3)
        torch.manual_seed(3)
        found.append(Mosaic()(images, scores))
    assert torch.equal(found[0][0], found[1][0])
    assert torch.equal(found[0][1], found[1][1])


def test_a_config_names_it_and_samples_get_their_shares():
    with DefaultScope.overwrite_default_scope('jaguar_mm'):
        augments = dict(augments=[dict(type='Mosaic')])
        preprocess = MODELS.build(dict(type='ReIDDataPreprocessor', num_classes=3, batch_augments=augments))
    mixed = preprocess(batch([0, 1, 2]), training=True)
    for image, sample in zip(mixed['inputs'], mixed['data_samples'], strict=True):
        shares = [(image[0].round() == 40 * label).double().mean() for label in range(3)]
        torch.testing.assert_close(sample.gt_score.double(), torch.stack(shares), rtol=0, atol=1e-6)


@pytest.mark.parametrize('border', [0.0, -0.1, 0.6])
def test_a_border_that_leaves_no_room_is_refused(border):
    with pytest.raises(ValueError, match=r'Mosaic\.border'):
        BATCH_AUGMENTS.build(dict(type='Mosaic', border=border))
