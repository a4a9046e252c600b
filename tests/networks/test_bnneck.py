import pytest
import torch
from torch import nn

from jaguar_mm.registry import MODELS


@pytest.fixture
def features():
    return torch.randn(6, 8, generator=torch.Generator().manual_seed(0)) * 5 + 3


def standardised(x):
    return (x - x.mean(0)) / (x.var(0, unbiased=False) + 1e-5).sqrt()


def test_without_reduction_it_standardises_over_the_batch(features):
    neck = MODELS.build(dict(type='BNNeck', in_channels=8))
    torch.testing.assert_close(neck((features,))[0], standardised(features), rtol=1e-4, atol=1e-5)


def test_with_reduction_it_is_norm_linear_norm(features):
    neck = MODELS.build(dict(type='BNNeck', in_channels=8, out_channels=3))
    assert [type(layer) for layer in neck.layers] == [nn.BatchNorm1d, nn.Linear, nn.BatchNorm1d]
    expected = standardised(standardised(features) @ neck.layers[1].weight.T)
    torch.testing.assert_close(neck((features,))[0], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('out_channels', [None, 3])
def test_the_last_norm_never_shifts(out_channels, features):
    neck = MODELS.build(dict(type='BNNeck', in_channels=8, out_channels=out_channels))
    optimiser = torch.optim.SGD((p for p in neck.parameters() if p.requires_grad), lr=1.0)
    neck((features,))[0].pow(3).sum().backward()
    optimiser.step()
    assert torch.equal(neck.layers[-1].bias, torch.zeros_like(neck.layers[-1].bias))
    assert not torch.equal(neck.layers[-1].weight, torch.ones_like(neck.layers[-1].weight))


@pytest.mark.parametrize('out_channels', [None, 3])
def test_dropout_works_in_training_only(out_channels, features):
    neck = MODELS.build(dict(type='BNNeck', in_channels=8, out_channels=out_channels, dropout=0.5))
    assert not torch.equal(neck((features,))[0], neck((features,))[0])
    neck.eval()
    assert torch.equal(neck((features,))[0], neck((features,))[0])


def test_a_training_batch_of_one_is_refused(features):
    neck = MODELS.build(dict(type='BNNeck', in_channels=8))
    with pytest.raises(ValueError, match=r'train_dataloader\.drop_last'):
        neck((features[:1],))
    assert neck.eval()((features[:1],))[0].shape == (1, 8)


def test_a_list_of_necks_is_applied_in_order():
    neck = MODELS.build([dict(type='GlobalAveragePooling'), dict(type='BNNeck', in_channels=4)])
    maps = torch.randn(3, 4, 2, 5, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(neck((maps,))[0], standardised(maps.mean((2, 3))), rtol=1e-4, atol=1e-5)
