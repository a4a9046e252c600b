"""A loss beside its formula, which a test writes with plain loops in float64: values and gradients."""

import torch
import torch.nn.functional as F

CLASSES, WIDTH = 3, 6
LABELS = torch.tensor([0, 1, 0, 2, 1, 0, 1])
DTYPES = {torch.float64: 1e-9, torch.float32: 2e-5}


def embeddings(count=7, seed=0, length=1.0):
    """Return random vectors (count, WIDTH) of one length, float64."""
    random = torch.Generator().manual_seed(seed)
    return length * F.normalize(torch.randn(count, WIDTH, generator=random, dtype=torch.float64))


def mixed(share=0.3):
    """Return the shares (B, C) of images mixed of ``LABELS`` and the same from behind."""
    one, other = F.one_hot(LABELS, CLASSES).double(), F.one_hot(LABELS.flip(0), CLASSES).double()
    return share * one + (1 - share) * other


def assert_is_formula(loss, formula, embedding, targets):
    """Compare value, gradients and type of a loss with ``formula(embedding, weights)``, for every type of numbers.

    ``weights`` are the loss's parameters by name, in float64.
    """
    for dtype, tolerance in DTYPES.items():
        own = embedding.detach().to(dtype).requires_grad_()
        weights = {name: value.detach().double().requires_grad_() for name, value in loss.named_parameters()}
        exact = own.detach().double().requires_grad_()
        loss.zero_grad()
        given = targets.to(dtype) if targets.is_floating_point() else targets
        found, expected = loss(own, given), formula(exact, weights)
        assert found.dtype == dtype
        assert found.ndim == 0
        torch.testing.assert_close(found.double(), expected, rtol=tolerance, atol=tolerance)
        found.backward()
        expected.backward()
        pairs = [(own.grad, exact.grad)]
        pairs += [(value.grad, weights[name].grad) for name, value in loss.named_parameters()]
        for got, wanted in pairs:
            torch.testing.assert_close(got.double(), wanted, rtol=1e-4, atol=1e-4 if dtype == torch.float32 else 1e-6)
