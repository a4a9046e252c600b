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
    """Put the global generators of Python, NumPy and torch (on all devices) into the state of a key.

    Args:
        stream: What the numbers are for; two streams with the same key are unrelated.
        key: Integers of 0 or more.
    """
    torch.manual_seed(_seed_cpu(stream, *key))


@contextmanager
def seeded(stream: str, *key: int) -> Iterator[None]:
    """Within the block, the global CPU generators are in the state of a key; afterwards in the one before.

    Args:
        stream: See :func:`seed_generators`.
        key: See there.
    """
    before = random.getstate(), np.random.get_state(), torch.get_rng_state()
    try:
        torch.default_generator.manual_seed(_seed_cpu(stream, *key))
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])
        torch.set_rng_state(before[2])


def generator(stream: str, *key: int) -> np.random.Generator:
    """Return a generator of its own for a key.

    Args:
        stream: See :func:`seed_generators`.
        key: See there.
    """
    return np.random.default_rng(_sequence(stream, *key))


def _seed_cpu(stream: str, *key: int) -> int:
    """Seed Python's and NumPy's global generators and return the seed for torch."""
    words = _sequence(stream, *key).generate_state(8, np.uint32)
    random.seed(words[:2].tobytes())
    np.random.seed(words[2:6])
    return int.from_bytes(words[6:].tobytes(), 'little')


def _sequence(stream: str, *key: int) -> np.random.SeedSequence:
    return np.random.SeedSequence([zlib.crc32(stream.encode()), *key])
