import math

import pytest
import torch
import torch.nn.functional as F

from jaguar_mm.models.losses import add_angular_margin, margin_cross_entropy

MARGINS = (0.0, 0.1, 0.5, 1.0, 2.0)
DTYPES = {torch.float64: 1e-9, torch.float32: 1e-5}
SCALE = 30.0


def with_margin(cosine: float, margin: float) -> float:
    """The margin by the arc cosine, one number at a time."""
    angle = math.acos(cosine) + margin
    return math.cos(angle) if angle <= math.pi else -2 - math.cos(angle)


def angular(margin, scale=SCALE):
    """Logits with the margin on the label's class."""

    def logits(cosine, labels):
        own = F.one_hot(labels, cosine.shape[1]).bool()
        return scale * torch.where(own, add_angular_margin(cosine, margin), cosine)

    return logits


def textbook_loss(cosine, shares, margin, smoothing):
    """Mixed labels by their definition: for each label its own softmax cross-entropy, with plain loops."""
    total = 0.0
    for row, row_shares in zip(cosine.tolist(), shares.tolist(), strict=True):
        for label, share in enumerate(row_shares):
            logits = [SCALE * (with_margin(c, margin) if k == label else c) for k, c in enumerate(row)]
            log_sum = math.log(sum(math.exp(value - max(logits)) for value in logits)) + max(logits)
            target = [smoothing / len(row) + (1 - smoothing) * (k == label) for k in range(len(row))]
            total += share * sum(t * (log_sum - value) for t, value in zip(target, logits, strict=True))
    return total / len(cosine)


@pytest.fixture
def cosine():
    return torch.rand(4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 1.98 - 0.99


@pytest.fixture
def shares():
    mixed = torch.zeros(4, 5, dtype=torch.float64)
    mixed[0, 2] = 1
    mixed[1, 0], mixed[1, 4] = 0.3, 0.7
    mixed[2, 3], mixed[2, 1] = 1e-6, 1 - 1e-6
    mixed[3] = torch.tensor([0.1, 0.2, 0.0, 0.3, 0.4])
    return mixed


@pytest.mark.parametrize('dtype', DTYPES)
@pytest.mark.parametrize('margin', MARGINS)
def test_the_margin_is_added_to_the_angle(dtype, margin):
    cosine = torch.linspace(-0.99, 0.99, 101, dtype=dtype)
    expected = torch.tensor([with_margin(c, margin) for c in cosine.tolist()], dtype=dtype)
    torch.testing.assert_close(add_angular_margin(cosine, margin), expected, rtol=0, atol=DTYPES[dtype])
    torch.testing.assert_close(add_angular_margin(cosine, torch.tensor(margin)), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize('margin', MARGINS)
def test_a_larger_angle_never_gains_and_there_is_no_jump(margin):
    angles = torch.linspace(0.01, math.pi - 0.01, 2001, dtype=torch.float64)
    steps = add_angular_margin(angles.cos(), margin).diff()
    assert (steps < 0).all()
    assert steps.abs().max() <= 1.001 * (angles[1] - angles[0])  # no slope of a cosine is steeper than 1


@pytest.mark.parametrize('dtype', DTYPES)
@pytest.mark.parametrize('margin', MARGINS)
def test_values_and_gradients_are_finite_at_the_poles_and_beyond(dtype, margin):
    cosine = torch.tensor([-1.0, 1.0, -1 - 1e-6, 1 + 1e-6], dtype=dtype, requires_grad=True)
    values = add_angular_margin(cosine, margin)
    values.sum().backward()
    expected = [with_margin(c, margin) for c in (-1, 1, -1, 1)]
    torch.testing.assert_close(values.tolist(), expected, rtol=0, atol=1e-3)
    assert torch.isfinite(cosine.grad).all()


@pytest.mark.parametrize('smoothing', [0.0, 0.1])
@pytest.mark.parametrize('margin', MARGINS)
def test_class_indices_give_the_textbook_loss(margin, smoothing, cosine):
    labels = torch.tensor([0, 4, 4, 2])
    expected = textbook_loss(cosine, F.one_hot(labels, 5), margin, smoothing)
    assert float(margin_cross_entropy(cosine, labels, angular(margin), smoothing)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize('dtype', DTYPES)
@pytest.mark.parametrize('smoothing', [0.0, 0.1])
@pytest.mark.parametrize('margin', MARGINS)
def test_every_mixed_label_gets_its_share_with_its_own_margin(dtype, margin, smoothing, cosine, shares):
    loss = margin_cross_entropy(cosine.to(dtype), shares.to(dtype), angular(margin), smoothing)
    assert loss.dtype == dtype
    assert float(loss) == pytest.approx(textbook_loss(cosine, shares, margin, smoothing), rel=DTYPES[dtype])


@pytest.mark.parametrize('smoothing', [0.0, 0.1])
def test_without_margin_it_is_ordinary_cross_entropy(smoothing, cosine, shares):
    expected = F.cross_entropy(SCALE * cosine, shares, label_smoothing=smoothing)
    torch.testing.assert_close(margin_cross_entropy(cosine, shares, angular(0.0), smoothing), expected)


def test_gradients_are_the_numerical_ones(cosine, shares):
    cosine.requires_grad_()
    assert torch.autograd.gradcheck(lambda c: margin_cross_entropy(c, shares, angular(0.5, 3.0), 0.1), cosine)
