"""Damaged copies of a file, the same in every run, and a pickle that tells when it is run."""

import numpy as np


def flipped(content, cases, seed=0):
    """Yield copies with one bit turned: every bit if there are so few, else bits drawn by chance."""
    bits = 8 * len(content)
    chosen = range(bits) if bits <= cases else np.random.default_rng(seed).choice(bits, cases, replace=False).tolist()
    for bit in chosen:
        copy = bytearray(content)
        copy[bit // 8] ^= 1 << bit % 8
        yield bytes(copy)


def cut(content, cases):
    """Yield copies that end too early, evenly spread over the file, the empty one first."""
    for end in np.unique(np.linspace(0, len(content) - 1, cases, dtype=int)).tolist():
        yield content[:end]


class Payload:
    """Leaves a file where it says, if anything unpickles it."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return open, (str(self.marker), 'w')
