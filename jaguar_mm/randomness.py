"""Random numbers as a function of where we are, so that nothing about them needs to be stored.

A stream's name and a key of integers (seed, epoch, index and the like) determine the state of every generator, by way
of NumPy's SeedSequence, which turns keys that differ in one bit into unrelated states.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def seed_generators(stream: str, *key: int) -> None:
    """Put the global generators of Python, NumPy and torch (CPU and CUDA) into the state of a key.

    Args:
        stream: What the numbers are for; two streams with the same key are unrelated.
        key: Integers of 0 or more.
    """
    for_python, for_torch, *for_numpy = _sequence(stream, *key).generate_state(4, np.uint64).tolist()
    random.seed(for_python)
    np.random.seed(np.array(for_numpy, np.uint64).view(np.uint32))
    torch.default_generator.manual_seed(for_torch)
    if torch.cuda.is_initialized():  # before that, torch would put the call and its stack on a list that grows
        torch.cuda.manual_seed_all(for_torch)


@contextmanager
def seeded(stream: str, *key: int) -> Iterator[None]:
    """Within the block, the global CPU generators are in a state that depends on a key; afterwards in the one before.

    NumPy's generator is another one within the block, not the same one in another state, which costs ten times as much.

    Args:
        stream: See :func:`seed_generators`.
        key: See there.
    """
    sequence = _sequence(stream, *key)
    for_python, for_torch = sequence.generate_state(2, np.uint64).tolist()
    before = random.getstate(), np.random.get_bit_generator(), torch.get_rng_state()
    try:
        random.seed(for_python)
        np.random.set_bit_generator(np.random.PCG64(sequence))
        torch.default_generator.manual_seed(for_torch)
        yield
    finally:
        random.setstate(before[0])
        np.random.set_bit_generator(before[1])
        torch.set_rng_state(before[2])


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put the global generators of Python, NumPy and torch (CPU and CUDA) back after the block, whatever it draws."""
    on_gpu = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    before = random.getstate(), np.random.get_state(), torch.get_rng_state()
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])
        torch.set_rng_state(before[2])
        if on_gpu:
            torch.cuda.set_rng_state_all(on_gpu)


def generator(stream: str, *key: int) -> np.random.Generator:
    """Return a generator of its own for a key.

    Args:
        stream: See :func:`seed_generators`.
        key: See there.
    """
    return np.random.default_rng(_sequence(stream, *key))


def _sequence(stream: str, *key: int) -> np.random.SeedSequence:
    return np.random.SeedSequence([zlib.crc32(stream.encode()), *key])
