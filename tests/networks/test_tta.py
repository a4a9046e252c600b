import pytest
import torch
import torch.nn.functional as F

from jaguar_mm.registry import MODELS


def build(**kwargs):
    return MODELS.build(dict(type='EmbeddingTTA', **kwargs))


class Embedder:
    """Embeds by the means of the left and right half and the size; remembers what it saw."""

    def __init__(self):
        self.seen = []

    def __call__(self, view):
        self.seen.append(view)
        half = view.shape[-1] // 2
        left, right = view[..., :half].mean((1, 2, 3)), view[..., half:].mean((1, 2, 3))
        return F.normalize(torch.stack([left, right, torch.full_like(left, view.shape[-1] / 10)], 1))


@pytest.fixture
def inputs():
    return torch.rand(2, 3, 6, 10, generator=torch.Generator().manual_seed(0))


def test_the_flipped_view_is_averaged_with_the_plain_one(inputs):
    embed = Embedder()
    plain = Embedder()(inputs)
    averaged = build(flip=True)(embed, inputs, plain)
    mirrored = Embedder()(inputs[..., range(9, -1, -1)])
    torch.testing.assert_close(averaged, (plain + mirrored) / (plain + mirrored).norm(dim=1, keepdim=True))
    assert len(embed.seen) == 1  # the plain view is not computed again


def test_every_scale_has_its_mirror_image(inputs):
    embed = Embedder()
    plain = Embedder()(inputs)
    averaged = build(flip=True, scales=(1, 1.5))(embed, inputs, plain)
    assert [tuple(view.shape[-2:]) for view in embed.seen] == [(6, 10), (9, 15), (9, 15)]
    assert torch.equal(embed.seen[1].flip(-1), embed.seen[2])
    expected = plain + sum(Embedder()(view) for view in embed.seen)
    torch.testing.assert_close(averaged, expected / expected.norm(dim=1, keepdim=True))


def test_without_scale_one_the_plain_view_is_left_out(inputs):
    embed = Embedder()
    averaged = build(flip=False, scales=(2.0,))(embed, inputs, torch.full((2, 3), float('nan')))
    torch.testing.assert_close(averaged, Embedder()(embed.seen[0]))


def test_rescaled_sides_are_multiples_of_the_divisor(inputs):
    views = list(build(flip=False, scales=(1.5, 0.1), divisor=4).views(inputs))
    assert [tuple(view.shape[-2:]) for view in views] == [(8, 16), (4, 4)]


def test_rescaling_keeps_a_smooth_image():
    ramp = torch.linspace(0, 1, 32).expand(1, 3, 16, 32)
    (view,) = build(flip=False, scales=(0.5,)).views(ramp)
    expected = F.avg_pool2d(ramp, 2)
    torch.testing.assert_close(view[..., 2:-2], expected[..., 2:-2], rtol=0, atol=1e-3)


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(flip=False), 'no view but the plain one'),
        (dict(scales=()), r'model\.tta\.scales must be positive'),
        (dict(scales=(0.0, 1.0)), r'model\.tta\.scales must be positive'),
    ],
)
def test_useless_settings_are_refused(kwargs, message):
    with pytest.raises(ValueError, match=message):
        build(**kwargs)
