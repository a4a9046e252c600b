"""Additions of low rank learn, start at nothing, and are kept with the weights that they are added to."""

import copy

import pytest
import torch

from jaguar_mm.networks import LoRAFeatures, TimmFeatures
from jaguar_mm.networks.embedding_network import build_network
from jaguar_mm.networks.lora import LowRank, merge_additions
from jaguar_mm.registry import MODELS

SMALL = {'resnet10t': dict(zero_init_last=False), 'vit_tiny_patch16_224': dict(img_size=32, depth=2)}


def build(name, kind='LoRAFeatures', **kwargs):
    torch.manual_seed(0)
    return MODELS.build(dict(type=kind, model_name=name, **SMALL[name], **kwargs))


def images():
    return torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(1))


def learn(backbone, steps=3):
    optimizer = torch.optim.SGD([value for value in backbone.parameters() if value.requires_grad], lr=0.01)
    for _ in range(steps):
        found = backbone.train()(images())[0]
        (found * torch.randn(found.shape, generator=torch.Generator().manual_seed(2))).sum().backward()
        optimizer.step()
        optimizer.zero_grad()
    return backbone.eval()


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
@pytest.mark.parametrize('shape', [(5, 7), (5, 2, 3, 3)])
def test_the_addition_is_a_product_with_its_gradients(dtype, shape):
    torch.manual_seed(0)
    weight = torch.randn(shape, dtype=dtype)
    addition = LowRank(weight, 2)
    assert torch.equal(addition(weight), weight)
    with torch.no_grad():
        addition.up.normal_()
    pull = torch.randn(shape, dtype=dtype)
    (addition(weight) * pull).sum().backward()
    up, down, pull = (value.detach().numpy() for value in (addition.up, addition.down, pull.flatten(1)))
    found = addition(weight).detach()
    assert found.dtype == dtype
    expected = weight.numpy() + (up @ down).reshape(shape)
    assert found.numpy() == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert addition.up.grad.numpy() == pytest.approx(pull @ down.T, rel=1e-5, abs=1e-5)
    assert addition.down.grad.numpy() == pytest.approx(up.T @ pull, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize('name', SMALL)
def test_it_starts_as_the_network_without_additions(name):
    plain, adding = build(name, 'TimmFeatures').eval(), build(name).eval()
    assert torch.equal(adding(images())[0], plain(images())[0])
    assert adding.feature_dim == plain.feature_dim
    assert adding.get_layer_depth('x') == plain.get_layer_depth('x')


@pytest.mark.parametrize('name', SMALL)
def test_additions_learn_and_nothing_else(name):
    backbone = build(name, rank=3)
    before = {key: value.clone() for key, value in backbone.state_dict().items()}
    learn(backbone)
    changed = {key for key, value in backbone.state_dict().items() if not torch.equal(value, before[key])}
    assert changed == {key for key in before if key.endswith(('.0.up', '.0.down'))}
    layers = [
        layer for layer in build(name, 'TimmFeatures').modules() if isinstance(layer, torch.nn.Linear | torch.nn.Conv2d)
    ]
    assert len(changed) == 2 * len(layers)
    ranks = [torch.linalg.matrix_rank(backbone.state_dict()[key]).item() for key in changed if key.endswith('.0.up')]
    assert max(ranks) == 3


def test_frozen_stages_get_none():
    names = [name for name, value in build('resnet10t', frozen_stages=2).named_parameters() if value.requires_grad]
    assert {name.split('.')[1] for name in names} == {'layer3', 'layer4'}


@pytest.mark.parametrize('name', SMALL)
def test_weights_without_additions_give_the_same_map(name):
    backbone = learn(build(name))
    merged = merge_additions(backbone.timm_model.state_dict())
    plain = build(name, 'TimmFeatures')
    assert merged.keys() == plain.timm_model.state_dict().keys()
    plain.timm_model.load_state_dict(merged)
    torch.testing.assert_close(plain.eval()(images())[0], backbone(images())[0])
    assert merge_additions(merged) == merged


def test_copies_and_descriptions_give_the_same_embedding():
    """EMA copies a model; a published file describes it."""
    trained = learn(build('resnet10t', rank=2))
    torch.testing.assert_close(copy.deepcopy(trained)(images())[0], trained(images())[0])
    network = build_network(dict(type='LoRAFeatures', model_name='resnet10t', rank=2), [dict(type='GeM')])
    network.backbone.load_state_dict(trained.state_dict())
    torch.testing.assert_close(network.eval().backbone(images())[0], trained(images())[0])
    assert isinstance(network.backbone, LoRAFeatures)
    assert isinstance(network.backbone, TimmFeatures)
