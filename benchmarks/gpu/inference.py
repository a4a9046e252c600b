"""Embedding, from today's way to the fastest one."""

from __future__ import annotations

from functools import partial

import torch
import variants
from measuring import DEVICE, Figures, milliseconds, peak_gib
from torch import Tensor, nn

WAYS = (  # name, batch, what is done
    ('float32, as today', 8, ()),
    ('autocast', 8, ('autocast',)),
    ('autocast', 64, ('autocast',)),
    ('bfloat16', 64, ('half',)),
    ('bfloat16, flash', 64, ('half', 'flash')),
    ('bfloat16, cudnn', 64, ('half', 'cudnn')),
    ('bfloat16, aligned', 64, ('half', 'aligned')),
    ('bfloat16, compiled', 64, ('half', 'compiled')),
    ('bfloat16, aligned, compiled', 64, ('half', 'aligned', 'compiled')),
    ('bfloat16, aligned, compiled', 128, ('half', 'aligned', 'compiled')),
    ('bfloat16, aligned, compiled, both flips', 64, ('half', 'aligned', 'compiled', 'flips')),
)


def main() -> None:
    """Time every way."""
    figures = Figures()
    for name, batch, done in WAYS:
        batch = 2 if figures.tiny else batch
        network = variants.v3_network(figures.tiny).eval().to(DEVICE)
        if 'half' in done:
            network.backbone.bfloat16()
        if 'aligned' in done:
            variants.align_swiglu(network)
        if 'compiled' in done:
            variants.compile_blocks(network)
        images = variants.random_images(batch).to(DEVICE, torch.bfloat16 if 'half' in done else None)
        kernel = next((each for each in done if each in variants.ATTENTION), None)
        peak_gib()
        with torch.no_grad(), variants.attention(kernel):
            spent = milliseconds(partial(embed, network, images, done), repeats=7, warmup=3)
        passes = 2 if 'flips' in done else 1
        figures.add(
            what=name,
            batch=batch,
            ms=spent,
            images_per_s=1e3 * batch / spent,
            passes_per_s=1e3 * passes * batch / spent,
            peak_gib=peak_gib(),
        )
        del network


def embed(network: nn.Module, images: Tensor, done: tuple[str, ...]) -> Tensor:
    """Embed one batch."""
    with torch.autocast(DEVICE, torch.bfloat16, enabled='autocast' in done):
        return network(torch.cat([images, images.flip(-1)]) if 'flips' in done else images)


if __name__ == '__main__':
    main()
