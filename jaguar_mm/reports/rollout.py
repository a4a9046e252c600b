"""Which patches the tokens of a transformer are mixed of: attention rollout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn


def carried_back(maps: Tensor, backbone: nn.Module, images: Tensor) -> Tensor:
    """Return maps over the patches that an image enters with, of maps over those behind the last layer.

    Attention mixes the patches, so what the last map shows at a place may come from another one. Each place is shared
    out to the patches that it is mixed of, by :func:`rollout`; what class and register tokens hold is left out.

    Args:
        maps: A value for each place of the backbone's last map (B, h, w).
        backbone: A vision transformer, such as a :class:`~jaguar_mm.networks.TimmFeatures`; switched to evaluation.
        images: Normalised images (B, 3, H, W).

    Returns:
        Maps (B, h, w).

    Raises:
        ValueError: If it has no layers in which every patch attends to every other.
    """
    with torch.no_grad(), attention_of(backbone) as layers:
        backbone(images)
    count, height, width = maps.shape
    prefix = getattr(backbone, 'num_prefix_tokens', 0)
    tokens = prefix + height * width
    if not layers or any(layer.shape[::2] != (count, tokens) for layer in layers):
        raise ValueError(
            'the network has no layers in which each patch attends to all others, as plain vision transformers have; '
            'draw its map without rollout'
        )
    shares = rollout(layers)[:, prefix:, prefix:].to(maps.dtype)  # (B, h * w, h * w)
    return torch.einsum('bo,boi->bi', maps.flatten(1), shares).view_as(maps)


def rollout(layers: Sequence[Tensor]) -> Tensor:
    """Return how much of each token at the first layer is in each token behind the last one.

    Abnar and Zuidema, ACL 2020, section 3: heads are averaged, half of each layer's output is its input (the residual
    connection), and layers follow each other as a product of matrices.

    Args:
        layers: Attention of each layer (B, heads, N, N), rows add up to 1.

    Returns:
        Shares (B, N, N), rows add up to 1.
    """
    itself = torch.eye(layers[0].shape[-1], device=layers[0].device)
    shares = itself.expand(len(layers[0]), -1, -1)
    for layer in layers:
        shares = (layer.float().mean(1) + itself) / 2 @ shares
    return shares


@contextmanager
def attention_of(network: nn.Module) -> Iterator[list[Tensor]]:
    """Within the block collect what timm's layers of attention multiply values by, (B, heads, N, N) for each layer.

    Fused kernels, which never form it, are switched off meanwhile.
    """
    layers = [layer for layer in network.modules() if hasattr(layer, 'fused_attn') and hasattr(layer, 'attn_drop')]
    fused = [layer.fused_attn for layer in layers]
    found: list[Tensor] = []
    hooks = [layer.attn_drop.register_forward_hook(lambda _, __, output: found.append(output)) for layer in layers]
    try:
        for layer in layers:
            layer.fused_attn = False
        yield found
    finally:
        for layer, before, hook in zip(layers, fused, hooks, strict=True):
            layer.fused_attn = before
            hook.remove()
