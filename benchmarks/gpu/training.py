"""An update of 32 images, from today's way to the fastest one."""

from __future__ import annotations

import copy
import gc

import torch
import variants
from measuring import DEVICE, Figures, milliseconds, peak_gib

UPDATE = 32  # images of an update
TODAY = dict(batch=8, read=True, groups='single', ema='one by one', compiled=False, aligned=False)
BEST = dict(batch=32, read=False, groups='merged', ema='at once', compiled=True, aligned=True)
WAYS = {
    'as today': TODAY,
    '+ loss read once an update': TODAY | dict(read=False),
    '+ merged groups, fused': TODAY | dict(read=False, groups='merged'),
    '+ average at once': TODAY | dict(read=False, groups='merged', ema='at once'),
    '32 x 1': BEST | dict(compiled=False, aligned=False),
    '32 x 1, aligned': BEST | dict(compiled=False),
    '32 x 1, compiled': BEST | dict(aligned=False),
    '32 x 1, compiled, aligned': BEST,
    '32 x 1, compiled, aligned, flash': BEST | dict(kernel='flash'),
    '32 x 1, compiled, aligned, cudnn': BEST | dict(kernel='cudnn'),
    '32 x 1, checkpointing': BEST | dict(compiled=False, aligned=False, checkpointing=True),
}


def main() -> None:
    """Time every way."""
    figures = Figures()
    for name, way in WAYS.items():
        try:
            figures.add(what=name, **timed(way, figures.tiny))
        except torch.OutOfMemoryError:
            figures.add(what=name, out_of_memory=True)
        gc.collect()
        if DEVICE == 'cuda':
            torch.cuda.empty_cache()


def timed(way: dict, tiny: bool) -> dict[str, float]:
    """Return how fast one way is."""
    model = variants.trained(tiny).to(DEVICE).train()
    if way['aligned']:
        variants.align_swiglu(model)
    if way['compiled']:
        variants.compile_blocks(model)
    if way.get('checkpointing'):
        variants.checkpoint_blocks(model)
    merged = way['groups'] == 'merged'
    groups = variants.merged_groups(model) if merged else variants.single_groups(model)
    optimizer = torch.optim.AdamW(groups, fused=merged and DEVICE == 'cuda')
    weights = list(model.parameters())
    averages = [weight.detach().clone() for weight in weights]
    average = variants.average_at_once if way['ema'] == 'at once' else variants.average_one_by_one
    size, update = (way['batch'] // 4, UPDATE // 4) if tiny else (way['batch'], UPDATE)
    batches = [variants.random_images(size, seed).to(DEVICE) for seed in range(2)]
    labels = torch.arange(size, device=DEVICE) % variants.IDENTITIES

    def step() -> None:
        for part in range(update // size):
            with variants.attention(way.get('kernel')):
                with variants.bfloat16():
                    loss = model(batches[part % 2], labels) * size / update
                loss.backward()
            if way['read']:
                loss.item()  # as the runner's log does: the host waits for the device
            if way['ema'] == 'one by one':
                average(averages, [weight.detach() for weight in weights], 1e-3)
        optimizer.step()
        optimizer.zero_grad()
        if way['ema'] == 'at once':
            average(averages, [weight.detach() for weight in weights], 1e-3)

    peak_gib()
    spent = milliseconds(step, repeats=2 if tiny else 8, warmup=1 if tiny else 3)
    peak = peak_gib()
    copies = copy.copy(averages)
    ema = milliseconds(lambda: average(copies, [weight.detach() for weight in weights], 1e-3), repeats=3, warmup=1)
    return dict(groups=len(groups), update_ms=spent, images_per_s=1e3 * update / spent, average_ms=ema, peak_gib=peak)


if __name__ == '__main__':
    main()
