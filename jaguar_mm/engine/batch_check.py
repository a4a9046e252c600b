"""Before the first step: there are batches, and those of P classes with K images are whole."""

from __future__ import annotations

import logging

from mmengine.logging import print_log
from torch.utils.data import DataLoader, Sampler

from jaguar_mm.datasets.samplers import IdentityBalancedSampler

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


def warn_of_cut_batches(sampler: Sampler, part_size: int | None) -> None:
    """Warn if batches of P classes with K images are computed in parts that cut them.

    Args:
        sampler: Of the training.
        part_size: Most images in a part; None: batches are whole.
    """
    if part_size and isinstance(sampler, IdentityBalancedSampler) and part_size % sampler.block:
        print_log(
            f'train_cfg.micro_batch is {part_size}, which cuts the {_blocks(sampler)} that the sampler draws: a loss '
            f'on pairs sees only those within a part; a multiple of {sampler.block} keeps them whole',
            logger='current',
            level=logging.WARNING,
        )


def _blocks(sampler: IdentityBalancedSampler) -> str:
    return f'blocks of {sampler.classes} classes x {sampler.pictures} images'
