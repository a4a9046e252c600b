"""One batch in parts that fit into memory, with the gradient of the whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from mmengine.optim import OptimWrapper
from torch import Tensor, nn


def train_in_parts(model: nn.Module, batch: dict, optim_wrapper: OptimWrapper, part_size: int) -> dict[str, Tensor]:
    """Run one training step on a batch, a part at a time.

    A mean over images is the parts' means weighted by their sizes, so the gradient is that of the whole batch. What
    looks at several images at once (batch normalisation) sees one part.

    Args:
        model: The model, wrapped or not.
        batch: ``inputs`` (B, ...) and ``data_samples`` (B,).
        optim_wrapper: Updates the weights if its accumulation says so, after the last part.
        part_size: Most images in a part.

    Returns:
        What the model logs, averaged over the images.
    """
    count = len(batch['inputs'])
    if count <= part_size:
        return model.train_step(batch, optim_wrapper=optim_wrapper)
    logged: dict[str, Tensor] = defaultdict(float)
    for start in range(0, count, part_size):
        part = {key: values[start : start + part_size] for key, values in batch.items()}
        share = len(part['inputs']) / count
        step = _PartialStep(optim_wrapper, share, last=start + part_size >= count)
        for key, value in model.train_step(part, optim_wrapper=step).items():
            logged[key] = logged[key] + share * value
    return dict(logged)


class _PartialStep:
    """Stands before an optimiser wrapper for one part: only the last one counts, syncs and updates."""

    def __init__(self, optim_wrapper: OptimWrapper, share: float, last: bool) -> None:
        self.optim_wrapper, self.share, self.last = optim_wrapper, share, last

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Compute as the wrapper says, without exchanging gradients before the last part."""
        alone = nullcontext() if self.last or not hasattr(model, 'no_sync') else model.no_sync()
        with self.optim_wrapper.optim_context(model), alone:
            yield

    def update_params(self, loss: Tensor) -> None:
        """Add the part's gradient; update the weights after the last one."""
        if self.last:
            self.optim_wrapper.update_params(self.share * loss)
        else:
            self.optim_wrapper.backward(self.optim_wrapper.scale_loss(self.share * loss))
            self.optim_wrapper._inner_count -= 1  # backward counts batches
