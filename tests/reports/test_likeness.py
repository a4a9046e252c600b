"""Maps of likeness on networks whose answer is known, and against a plain formula."""

import numpy as np
import pytest
import torch
from torch import nn

from jaguar_mm.encoders import load_encoder
from jaguar_mm.networks import AveragePooling, BNNeck, EmbeddingNetwork, GeM, TimmFeatures
from jaguar_mm.reports.likeness import coloured, draw_likeness, likeness_maps
from tests.encoders.conftest import cfg, dataset, model, published  # noqa: F401  # fixtures

SIDE = 8


class Colours(nn.Module):
    """A backbone whose map is the image, in squares of 2 x 2 pixels."""

    def forward(self, images):
        return (nn.functional.avg_pool2d(images, 2),)


def corner_images(dtype):
    """A red corner above left on green, and a red corner below right on blue."""
    images = torch.zeros(2, 3, SIDE, SIDE, dtype=dtype)
    images[0, 0, :4, :4], images[0, 1] = 1.0, 0.5
    images[1, 0, 4:, 4:], images[1, 2] = 0.6, 0.8
    return images


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_only_the_corner_that_both_show_counts(dtype):
    maps, cosine = likeness_maps(EmbeddingNetwork(Colours(), AveragePooling()).eval(), corner_images(dtype))
    first, second = np.array([1.0 / 4, 0.5, 0.0]), np.array([0.6 / 4, 0.0, 0.8])  # means of red, green and blue
    lengths = np.linalg.norm(first) * np.linalg.norm(second)
    expected = np.zeros((2, 4, 4))
    expected[0, :2, :2] = 1.0 * second[0] / lengths / 16  # 16 squares
    expected[1, 2:, 2:] = 0.6 * first[0] / lengths / 16
    np.testing.assert_allclose(maps.numpy(), expected, rtol=1e-5, atol=1e-7)
    assert float(cosine) == pytest.approx(first @ second / lengths, rel=1e-5)
    np.testing.assert_allclose(maps.sum((1, 2)).numpy(), float(cosine), rtol=1e-5)


def test_two_equal_images_are_alike_where_they_show_anything():
    images = corner_images(torch.float64)[:1].repeat(2, 1, 1, 1)
    maps, cosine = likeness_maps(EmbeddingNetwork(Colours(), AveragePooling()).eval(), images)
    assert float(cosine) == pytest.approx(1)
    assert (maps > 0).all()
    assert float(maps[0, 0, 0]) > float(maps[0, 3, 3])  # red as well as green


@pytest.mark.parametrize('pool', [AveragePooling, GeM])
def test_weights_are_the_mean_slopes_of_the_cosine(pool):
    torch.manual_seed(0)
    channels, side, step = 5, 3, 1e-6
    neck = nn.Sequential(pool(), BNNeck(channels, 4)).double().eval()
    for module in neck.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.running_mean.normal_(std=0.1)
    backbone = nn.Conv2d(3, channels, 1).double()
    network = EmbeddingNetwork(_InATuple(backbone), neck).eval()
    images = torch.randn(2, 3, side, side, dtype=torch.float64)
    maps, _ = likeness_maps(network, images)
    with torch.no_grad():
        features = backbone(images)
        raw = neck((features,))[-1]
        for place in range(2):
            other = raw[1 - place] / raw[1 - place].norm()
            expected = torch.zeros(side, side, dtype=torch.float64)
            for channel in range(channels):
                moved = features.clone()
                moved[place, channel] += step
                slope = ((neck((moved,))[-1][place] - raw[place]) @ other) / raw[place].norm() / step
                expected += slope / side**2 * features[place, channel]  # the mean slope over the positions
            torch.testing.assert_close(maps[place], expected.relu(), rtol=1e-4, atol=1e-6)


class _InATuple(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, images):
        return (self.layer(images),)


@pytest.mark.parametrize('name', ['resnet10t', 'vit_tiny_patch16_224'])
def test_networks_of_timm_keep_their_weights_and_need_no_gradient(name):
    size = dict(img_size=64) if name.startswith('vit') else {}
    network = EmbeddingNetwork(TimmFeatures(name, **size), GeM()).eval()
    with torch.no_grad():
        maps, _ = likeness_maps(network, torch.rand(2, 3, 64, 64))
    assert maps.shape == (2, 64 // (16 if size else 32), 64 // (16 if size else 32))
    assert maps.isfinite().all()
    assert float(maps.max()) > 0
    assert all(parameter.grad is None for parameter in network.parameters())


def test_the_highest_place_has_the_strongest_colour():
    image = np.full((40, 60, 3), 100, np.uint8)
    heat = np.zeros((4, 6), np.float32)
    heat[1, 4] = 0.3
    drawn = coloured(image, heat).astype(int)
    change = np.abs(drawn - image).sum(2)
    row, column = np.unravel_index(change.argmax(), change.shape)
    assert 10 <= row < 20
    assert 40 <= column < 50
    assert (change[:, :20] == 0).all()
    assert np.array_equal(coloured(image, np.zeros((4, 6), np.float32)), image)


def test_pairs_are_drawn_with_a_published_model(published, dataset):  # noqa: F811
    paths = [dataset.get_data_info(place)['img_path'] for place in range(4)]
    encoder = load_encoder(published)
    one = draw_likeness(encoder, [paths[:2]])
    two = draw_likeness(encoder, [paths[:2], paths[2:]])
    assert one.dtype == np.uint8
    assert two.shape[0] > one.shape[0]
    assert two.shape[1] == one.shape[1]
    assert np.array_equal(two[: one.shape[0] - 10], one[:-10])
    with pytest.raises(ValueError, match='comes twice'):
        draw_likeness(encoder, [(paths[0], paths[0])])
