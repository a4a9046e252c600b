import pytest
import torch

from jaguar_mm.networks import gem
from jaguar_mm.registry import MODELS

DTYPES = {torch.float64: 1e-10, torch.float32: 1e-5, torch.float16: 1e-5, torch.bfloat16: 1e-5}
POWERS = (1.0, 2.5, 3.0, 10.0)


def textbook(x, p):
    """Radenović et al., eq. 3, image by image and channel by channel."""
    means = [[(channel.double() ** p).mean() ** (1 / p) for channel in image] for image in x]
    return torch.tensor(means, dtype=torch.float64)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize('dtype', DTYPES)
@pytest.mark.parametrize('p', POWERS)
def test_non_negative_features_follow_the_formula(dtype, p, generator):
    x = torch.rand(2, 3, 4, 5, generator=generator).to(dtype)
    x[0, 0, :3] = 0
    pooled = gem(x, p)
    assert pooled.dtype == torch.promote_types(dtype, torch.float32)
    torch.testing.assert_close(pooled.double(), textbook(x, p), rtol=DTYPES[dtype], atol=DTYPES[dtype])


@pytest.mark.parametrize('p', POWERS)
def test_signed_features_are_the_positive_mean_less_the_negative_one(p, generator):
    x = torch.randn(2, 3, 4, 5, generator=generator)
    expected = textbook(x.clamp(min=0), p) - textbook((-x).clamp(min=0), p)
    torch.testing.assert_close(gem(x, p).double(), expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(gem(-x, p), -gem(x, p))


def test_p_of_one_is_average_pooling_whatever_the_sign(generator):
    x = torch.randn(2, 3, 4, 5, generator=generator)
    torch.testing.assert_close(gem(x, 1.0), x.mean((2, 3)))


def test_a_large_p_is_maximum_pooling(generator):
    x = torch.rand(2, 3, 4, 5, generator=generator)
    torch.testing.assert_close(gem(x, 1000.0), x.amax((2, 3)), rtol=0.005, atol=0)


def test_tokens_are_pooled_like_the_map_they_come_from(generator):
    x = torch.randn(2, 3, 4, 5, generator=generator)
    torch.testing.assert_close(gem(x.flatten(2).transpose(1, 2), 3.0), gem(x, 3.0))


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_autocast_changes_nothing(dtype, generator):
    x = torch.randn(2, 3, 4, 5, generator=generator)
    with torch.autocast('cpu', dtype=dtype):
        pooled = gem(x, torch.tensor(3.0))
    assert pooled.dtype == torch.float32
    assert torch.equal(pooled, gem(x, torch.tensor(3.0)))


def test_half_precision_does_not_overflow():
    x = torch.full((1, 2, 3, 3), 6e4, dtype=torch.float16)  # cubed: beyond float16 by nine orders of magnitude
    torch.testing.assert_close(gem(x, 20.0), torch.full((1, 2), float(x[0, 0, 0, 0])))


def test_gradients_are_the_numerical_ones(generator):
    x = torch.randn(2, 2, 3, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    p = torch.tensor([2.7], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(gem, (x, p), eps=1e-6, atol=1e-5)


@pytest.mark.parametrize('values', [[0.0] * 4, [1.0, -1.0, 0.0, 0.0], [1e-30] * 4, [5.0, 0.0, 0.0, 0.0], [-3.0] * 4])
@pytest.mark.parametrize('p', [1.0, 3.0, 30.0])
def test_gradients_stay_finite_and_below_one(values, p):
    x = torch.tensor(values).reshape(1, 1, 2, 2).requires_grad_()
    exponent = torch.tensor([p], requires_grad=True)
    gem(x, exponent).sum().backward()
    assert x.grad.abs().max() <= 1 + 1e-5
    assert torch.isfinite(exponent.grad).all()


def test_the_neck_pools_every_stage(generator):
    stages = tuple(torch.rand(2, c, 4, 4, generator=generator) for c in (3, 5))
    pooled = MODELS.build(dict(type='GeM', p=2.0))(stages)
    for stage, result in zip(stages, pooled, strict=True):
        torch.testing.assert_close(result.double(), textbook(stage, 2.0), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize('learnable', [True, False])
def test_the_exponent_learns_if_asked(learnable, generator):
    neck = MODELS.build(dict(type='GeM', p=3.0, learnable=learnable))
    x = torch.rand(2, 3, 4, 4, generator=generator, requires_grad=True)
    neck((x,))[0].sum().backward()
    assert (neck.p.grad is not None and neck.p.grad.item() > 0) == learnable


def test_an_exponent_below_one_is_used_as_one(generator):
    neck = MODELS.build(dict(type='GeM'))
    neck.p.data.fill_(0.3)
    x = torch.randn(2, 3, 4, 4, generator=generator)
    torch.testing.assert_close(neck((x,))[0], x.mean((2, 3)))


def test_wrong_input_is_named():
    with pytest.raises(ValueError, match=r'\(2, 3\)'):
        gem(torch.rand(2, 3))
    with pytest.raises(ValueError, match=r'at least 1, got 0\.5'):
        MODELS.build(dict(type='GeM', p=0.5))
