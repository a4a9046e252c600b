"""Cut labelled pictures into a training and a validation part."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping


def split_by_identity(identities: Mapping[str, str], val_fraction: float, seed: int) -> dict[str, list[str]]:
    """Hold out about the same share of every identity's pictures.

    Each identity's pictures are ordered by a hash of the seed and their name, and the first ones are held out. So the
    split depends neither on the order of the pictures nor on the other identities, and an identity with two pictures
    or more has at least one on each side; a single picture is trained on.

    Args:
        identities: Picture name to identity.
        val_fraction: Share to hold out, between 0 and 1.
        seed: Another seed gives another split.

    Returns:
        Sorted picture names under ``train`` and ``val``.

    Raises:
        ValueError: If ``val_fraction`` is not between 0 and 1.
    """
    if not 0 < val_fraction < 1:
        raise ValueError(f'val_fraction must lie between 0 and 1, got {val_fraction}')
    pictures = defaultdict(list)
    for name, identity in identities.items():
        pictures[identity].append(name)
    held_out: set[str] = set()
    for names in pictures.values():
        count = min(max(1, round(val_fraction * len(names))), len(names) - 1)
        held_out.update(sorted(names, key=lambda name: _shuffle_key(name, seed))[:count])
    return {'train': sorted(identities.keys() - held_out), 'val': sorted(held_out)}


def _shuffle_key(name: str, seed: int) -> bytes:
    """Return bytes that order names as if at random, the same on every machine and version."""
    return hashlib.sha256(f'{seed}:{name}'.encode()).digest()
