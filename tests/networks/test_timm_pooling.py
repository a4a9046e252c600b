import pytest
import torch

from jaguar_mm.registry import MODELS

DTYPES = {torch.float64: 1e-12, torch.float32: 1e-6, torch.bfloat16: 0.01}


def maps(dtype=torch.float64):
    random = torch.Generator().manual_seed(0)
    return torch.randn(2, 3, 4, 5, generator=random, dtype=torch.float64).to(dtype)


def build(kind, width=3):
    return MODELS.build(dict(type='TimmPooling', pool_type=kind, in_channels=width))


def textbook(x, kind):
    """Image by image and channel by channel."""
    rows = []
    for image in x.double():
        average, largest = ([float(reduce(channel)) for channel in image] for reduce in (torch.mean, torch.max))
        both = [(a + b) / 2 for a, b in zip(average, largest, strict=True)]
        rows.append(dict(avg=average, max=largest, avgmax=both, catavgmax=average + largest)[kind])
    return torch.tensor(rows, dtype=torch.float64)


@pytest.mark.parametrize('dtype', DTYPES)
@pytest.mark.parametrize('kind', ['avg', 'max', 'avgmax', 'catavgmax'])
def test_it_is_its_formula_and_tells_its_width(kind, dtype):
    neck, x = build(kind), maps(dtype)
    (found,) = neck((x,))
    assert found.dtype == dtype
    assert found.shape == (2, neck.out_channels)
    torch.testing.assert_close(found.double(), textbook(x, kind), rtol=DTYPES[dtype], atol=DTYPES[dtype])


def test_the_gradient_of_the_maximum_is_at_the_maximum():
    x = maps().requires_grad_()
    build('max')((x,))[0].sum().backward()
    assert torch.equal(x.grad, (x == x.amax((2, 3), keepdim=True)).double())


@pytest.mark.parametrize('kind', ['avgmax', 'catavgmax'])
def test_gradients_are_the_numerical_ones(kind):
    assert torch.autograd.gradcheck(lambda x: build(kind)((x,))[0], maps().requires_grad_())


def test_every_map_is_pooled():
    one, other = maps(), maps()[:, :2, :1, :1]
    found = build('max', width=5)((other, one))
    torch.testing.assert_close(found[0], other.flatten(1))
    torch.testing.assert_close(found[1], one.amax((2, 3)))


@pytest.mark.parametrize('kind', ['', 'mean', 'fastavg'])
def test_another_pooling_is_refused(kind):
    with pytest.raises(ValueError, match=r'TimmPooling\.pool_type must be one of avg, max'):
        build(kind)
