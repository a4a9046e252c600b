"""Before the first step: there are batches, whole ones where a loss or a sampler needs them, and pairs in them."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from mmengine.logging import print_log
from torch.utils.data import DataLoader, Sampler

from jaguar_mm.datasets.samplers import IdentityBalancedSampler, IdentityChunkSampler

NAMED = 4  # batch sizes that a message names


def check_batches(loader: DataLoader) -> None:
    """Refuse a dataloader that gives no batch, or batches that cut the blocks of its sampler.

    Raises:
        ValueError: The message says which ``batch_size`` fits.
    """
    sampler, size = loader.sampler, loader.batch_size
    if size is None:  # a batch sampler of its own
        return
    if isinstance(sampler, IdentityBalancedSampler) and size % sampler.block:
        fitting = ', '.join(str(sampler.block * times) for times in range(1, NAMED + 1))
        raise ValueError(
            f'train_dataloader.batch_size is {size}, but the sampler draws {_blocks(sampler)}, which it would cut: '
            f'set batch_size to {fitting} or another multiple of {sampler.block}'
        )
    if len(loader) == 0:
        images = len(loader.dataset)
        here = '' if len(sampler) == images else f', {len(sampler)} draws of them for each process'
        table = getattr(loader.dataset, 'ann_file', '') or type(loader.dataset).__name__
        raise ValueError(
            f'a dataloader with batch_size={size} and drop_last={loader.drop_last} gives no batch: there are {images} '
            f'images ({table}){here}; set its batch_size to at most {len(sampler)}, or drop_last=False'
        )


def check_whole_batches(reasons: Sequence[str], part_size: int | None, batch_size: int) -> None:
    """Refuse to compute batches in parts if a loss or an augmentation needs them whole.

    Args:
        reasons: What does, in words.
        part_size: Most images in a part; None: batches are whole.
        batch_size: Images in a batch.

    Raises:
        ValueError: If it does and they would be.
    """
    if reasons and part_size and part_size < batch_size:
        raise ValueError(f'train_cfg.micro_batch is {part_size}, but {cannot_be_parted(reasons)}')


def cannot_be_parted(reasons: Sequence[str]) -> str:
    """Say why a batch cannot be computed in parts, and what to do."""
    return (
        f'{" and ".join(reasons)} the images of a batch, which cannot be computed in parts: set '
        f'train_dataloader.batch_size to less, and perhaps optim_wrapper.accumulative_counts to more'
    )


def check_positives(pair_losses: Sequence[str], sampler: Sampler) -> None:
    """Say so if a sampler does not see to it that a loss on pairs finds two images of a class.

    Args:
        pair_losses: Names of these losses.
        sampler: Of the training.

    Raises:
        ValueError: If it sees to it that there are none.
    """
    images = sampler.images if isinstance(sampler, IdentityBalancedSampler | IdentityChunkSampler) else None
    if not pair_losses or (images or 0) > 1:
        return
    message = (
        f'the loss {pair_losses[0]!r} compares images of one class within a batch, and {type(sampler).__name__} '
        f'{"gives one of each" if images else "gives them by chance"}: set train_dataloader.sampler='
        f"dict(type='IdentityBalancedSampler', classes=8, images=4)"
    )
    if images:
        raise ValueError(message)
    print_log(message, logger='current', level=logging.WARNING)


def _blocks(sampler: IdentityBalancedSampler) -> str:
    return f'blocks of {sampler.classes} classes x {sampler.images} images'
