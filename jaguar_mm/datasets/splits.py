"""Cut labelled images into a training and a validation part; no group of near-duplicates is parted."""

from __future__ import annotations

import hashlib
import warnings
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

from sklearn.model_selection import StratifiedGroupKFold

Groups = Mapping[str, str] | None  # image name to group; None: each image is a group of its own


def split_by_identity(
    identities: Mapping[str, str], val_fraction: float, seed: int, groups: Groups = None
) -> dict[str, list[str]]:
    """Hold out about the same share of every identity's images.

    Each identity's groups are ordered by a hash of the seed and their name, and the first ones are held out. So the
    split depends neither on the order of the images nor on the other identities.

    An image that is held out alone has no match among the others and is never scored. So where the share comes to less
    than two images, the identity's two smallest groups are held out, or else its smallest group of several images, if
    at least as many stay to train on. If none do, as with fewer than four images, all are trained on. A group that
    shows several identities is none of theirs and is trained on too.

    Args:
        identities: Image name to identity.
        val_fraction: Share to hold out, between 0 and 1.
        seed: Another seed gives another split.
        groups: Image name to group.

    Returns:
        Sorted image names under ``train`` and ``val``.

    Raises:
        ValueError: If ``val_fraction`` is not between 0 and 1.
    """
    if not 0 < val_fraction < 1:
        raise ValueError(f'val_fraction must lie between 0 and 1, got {val_fraction}')
    members = defaultdict(list)
    for name in identities:
        members[_group(name, groups)].append(name)
    own = defaultdict(list)  # identity to the groups that show no other one
    for group in sorted(members, key=lambda group: _shuffle_key(group, seed)):
        shown = {identities[name] for name in members[group]}
        if len(shown) == 1:
            own[shown.pop()].append(members[group])
    held_out: set[str] = set()
    for parts in own.values():
        held_out.update(_held_out(parts, round(val_fraction * sum(map(len, parts)))))
    return _both_sides(identities, held_out)


def split_by_fold(
    identities: Mapping[str, str], fold: int, folds: int, seed: int, groups: Groups = None
) -> dict[str, list[str]]:
    """Hold out one of several folds, which have about the same share of every identity's images.

    The folds are those of scikit-learn's ``StratifiedGroupKFold``: the largest groups are dealt out first, each to the
    fold that it makes the least uneven. An identity with two groups or more, none of which shows another identity
    too, is trained on in every fold. The images of a single group are held out together, and then nothing of their
    identity is trained on.

    Args:
        identities: Image name to identity.
        fold: Which fold to hold out, from 0.
        folds: How many there are, at least 2.
        seed: Another seed gives other folds.
        groups: Image name to group.

    Returns:
        Sorted image names under ``train`` and ``val``.

    Raises:
        ValueError: If there is no such fold, or there are too few images or groups for so many.
    """
    if folds < 2 or fold not in range(folds):
        raise ValueError(f'folds must be at least 2 and fold one of 0 to folds - 1, got fold={fold} and folds={folds}')
    names = sorted(identities)
    labels, units = [identities[name] for name in names], [_group(name, groups) for name in names]
    most = max(Counter(labels).values())
    if folds > min(most, len(set(units))):
        raise ValueError(
            f'folds={folds} are too many: no identity has more than {most} images, '
            f'and there are {len(set(units))} groups'
        )
    dealer = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', 'The least populated class')
        _, held_out = list(dealer.split(names, labels, units))[fold]
    return _both_sides(identities, {names[place] for place in held_out})


def _group(name: str, groups: Groups) -> str:
    return name if groups is None else groups[name]


def _held_out(parts: Sequence[list[str]], count: int) -> list[str]:
    """Return the images of the first parts, about ``count`` of them: never of all parts, and never one image alone."""
    chosen: list[str] = []
    for names in parts[:-1]:
        if len(chosen) + len(names) / 2 <= count:
            chosen += names
    if not chosen and len(parts) > 1:
        chosen = min(parts, key=len)
    return chosen if len(chosen) > 1 else _smallest_pair(sorted(parts, key=len))


def _smallest_pair(by_size: Sequence[list[str]]) -> list[str]:
    """Return the images of the two smallest parts, or else of one with several; none if fewer images were left."""
    first_two = [name for names in by_size[:2] for name in names]
    most = sum(map(len, by_size)) / 2
    return next((names for names in (first_two, *by_size) if 1 < len(names) <= most), [])


def _both_sides(names: Collection[str], held_out: set[str]) -> dict[str, list[str]]:
    return {'train': sorted(set(names) - held_out), 'val': sorted(held_out)}


def _shuffle_key(group: str, seed: int) -> bytes:
    """Return bytes that order groups as if at random, the same on every machine and version."""
    return hashlib.sha256(f'{seed}:{group}'.encode()).digest()
