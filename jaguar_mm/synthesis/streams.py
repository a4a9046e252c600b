"""Random numbers by address: what is drawn depends on the seed and on what it is for, never on what was drawn before.

So the same image comes out whichever process draws it, and in whichever order.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What a stream of random numbers is for; the first part of its address."""

    NAMES = 0
    COAT = 1
    STATION = 2
    PLAN = 3
    BURST = 4
    IMAGE = 5
    SAMPLE_SUBMISSION = 6


def generator(seed: int, stream: Stream, *index: int) -> np.random.Generator:
    """Return the generator at an address.

    Args:
        seed: Seed of the whole competition.
        stream: What the numbers are for.
        index: Which one of its kind, such as the number of an image; each at least 0.
    """
    return np.random.default_rng([seed, stream, *index])
