"""What deterministic algorithms cost a training step of v3, and whether it is then the same bit for bit."""

from __future__ import annotations

import os
from functools import partial

import torch
import variants
from measuring import DEVICE, Figures, milliseconds, peak_gib
from torch import Tensor

BATCH = 32


def main() -> None:
    """Compare two runs of the same updates and time an update, in either mode."""
    os.environ['CUBLAS_WORKSPACE_CONFIG'] = ':4096:8'  # cuBLAS reads it once, at the first product
    figures = Figures()
    batch = 4 if figures.tiny else BATCH
    images = variants.random_images(batch).to(DEVICE)
    labels = torch.arange(batch, device=DEVICE) % variants.IDENTITIES
    for mode in (False, True):
        # warnings alone would leave attention's backward pass as it is
        torch.use_deterministic_algorithms(mode, warn_only=False)
        first, second = (trained_weights(figures.tiny, images, labels) for _ in range(2))
        model, optimizer = start(figures.tiny)
        peak_gib()
        spent = milliseconds(partial(update, model, optimizer, images, labels), repeats=5, warmup=2)
        figures.add(
            what='update',
            deterministic=mode,
            batch=batch,
            bit_for_bit=all(map(torch.equal, first, second)),
            ms=spent,
            images_per_s=1e3 * batch / spent,
            peak_gib=peak_gib(),
        )
        del model, optimizer


def trained_weights(tiny: bool, images: Tensor, labels: Tensor) -> list[Tensor]:
    """Return the weights on the CPU after three updates."""
    model, optimizer = start(tiny)
    for _ in range(3):
        update(model, optimizer, images, labels)
    return [weight.detach().cpu() for weight in model.parameters()]


def start(tiny: bool) -> tuple[variants.Trained, torch.optim.Optimizer]:
    """Return the network in training and its optimiser."""
    model = variants.trained(tiny).to(DEVICE).train()
    return model, torch.optim.AdamW(variants.merged_groups(model), fused=DEVICE == 'cuda')


def update(model: variants.Trained, optimizer: torch.optim.Optimizer, images: Tensor, labels: Tensor) -> None:
    """Train one step."""
    with variants.bfloat16():
        loss = model(images, labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()


if __name__ == '__main__':
    main()
