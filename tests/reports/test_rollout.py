"""Attention rollout against a sum over all paths, and attention against what a transformer's weights say by hand."""

from itertools import product

import numpy as np
import pytest
import torch

from jaguar_mm.networks import TimmFeatures
from jaguar_mm.reports.rollout import attention_of, carried_back, rollout

VIT = dict(model_name='vit_tiny_patch16_224', img_size=48, depth=2)
EVA = dict(model_name='eva02_tiny_patch14_224', img_size=42)
SIDE = 3  # patches


def build(model_name, **options):
    torch.manual_seed(0)
    backbone = TimmFeatures(model_name, **options).eval()
    for name, parameter in backbone.named_parameters():
        if 'qkv' in name or 'q_proj' in name or 'k_proj' in name:
            parameter.data.mul_(20)  # attention that differs from place to place
    return backbone


def images(side=48):
    return torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(1))


def softmax(values):
    values = np.exp(values - values.max())
    return values / values.sum()


def over_paths(layers):
    """Sum over all paths from a token behind the last layer down to one before the first, heads averaged."""
    count, tokens = len(layers), layers[0].shape[-1]
    steps = [0.5 * layer.mean(0) + 0.5 * np.eye(tokens) for layer in layers]
    shares = np.zeros((tokens, tokens))
    for path in product(range(tokens), repeat=count + 1):  # from the first layer's token upwards
        shares[path[-1], path[0]] += np.prod([steps[depth][path[depth + 1], path[depth]] for depth in range(count)])
    return shares


@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_it_is_the_sum_over_all_paths(dtype):
    random = torch.Generator().manual_seed(0)
    layers = [torch.rand(2, 3, 4, 4, generator=random).mul(5).softmax(-1).to(dtype) for _ in range(3)]
    found = rollout(layers)
    for place in range(2):
        expected = over_paths([layer[place].double().numpy() for layer in layers])
        np.testing.assert_allclose(found[place].numpy(), expected, rtol=1e-5, atol=1e-6)
    assert found.dtype == torch.float32


def attention_by_hand(backbone, given):
    """Compute each layer's attention of one image (heads, N, N) from what enters it and its weights."""
    entered, hooks = [], []
    for block in backbone.timm_model.blocks:
        hooks.append(block.attn.register_forward_pre_hook(lambda _, inputs: entered.append(inputs[0])))
    backbone(given)
    for hook in hooks:
        hook.remove()
    layers = []
    for tokens, block in zip(entered, backbone.timm_model.blocks, strict=True):
        weight, bias = (value.double().numpy() for value in (block.attn.qkv.weight, block.attn.qkv.bias))
        mixed = tokens[0].double().numpy() @ weight.T + bias  # (N, 3 * heads * width)
        width = mixed.shape[1] // 3 // block.attn.num_heads
        heads = []
        for head in range(block.attn.num_heads):
            start = head * width
            query = mixed[:, start : start + width]
            key = mixed[:, mixed.shape[1] // 3 + start : mixed.shape[1] // 3 + start + width]
            heads.append([softmax(key @ row / np.sqrt(width)) for row in query])
        layers.append(np.array(heads))
    return layers


@torch.no_grad()
def test_a_transformer_s_maps_are_shared_out_to_its_patches():
    backbone = build(**VIT)
    maps = torch.rand(2, SIDE, SIDE, generator=torch.Generator().manual_seed(2))
    found = carried_back(maps, backbone, images())
    assert found.shape == maps.shape
    for place in range(2):
        shares = over_paths(attention_by_hand(backbone, images()[place : place + 1]))[1:, 1:]  # without class token
        expected = sum(value * row for value, row in zip(maps[place].flatten().numpy(), shares, strict=True))
        np.testing.assert_allclose(found[place].flatten().numpy(), expected, rtol=1e-4)
    assert float((found - maps).abs().max()) > 0.05


@pytest.mark.parametrize(('options', 'side'), [(VIT, 48), (EVA, 42)], ids=['vit', 'eva02'])
@torch.no_grad()
def test_looking_on_changes_nothing(options, side):
    backbone = build(**options)
    before = backbone(images(side))[-1]
    with attention_of(backbone) as layers:
        watched = backbone(images(side))[-1]
    torch.testing.assert_close(watched, before, rtol=1e-3, atol=1e-3)
    assert len(layers) == len(backbone.timm_model.blocks)
    for layer in layers:
        torch.testing.assert_close(layer.sum(-1), torch.ones_like(layer[..., 0]))
    assert torch.equal(backbone(images(side))[-1], before)  # the fused kernels are back
    assert len(layers) == len(backbone.timm_model.blocks)
    assert carried_back(torch.ones(2, SIDE, SIDE), backbone, images(side)).isfinite().all()


@pytest.mark.parametrize('name', ['resnet10t', 'swin_tiny_patch4_window7_224'])
def test_networks_that_do_not_attend_to_all_patches_are_refused(name):
    backbone = TimmFeatures(name).eval()
    side = 224 if name.startswith('swin') else 64
    with torch.no_grad():
        height = backbone(images(side))[-1].shape[-1]
    with pytest.raises(ValueError, match='without rollout'):
        carried_back(torch.ones(2, height, height), backbone, images(side))
