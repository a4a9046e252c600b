"""The sheet of near-duplicates: each group in a row, what shows another animal than its first image framed."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence

from jaguar_mm.reports.sheet import QUERY, RIGHT, UNKNOWN, WRONG, Tile


def group_rows(
    paths: Sequence[str | os.PathLike],
    groups: Sequence[int],
    identities: Sequence[str | None],
    rows: int = 40,
    columns: int = 10,
) -> list[list[Tile]]:
    """Lay out the groups of two images and more: those of several animals first, then the largest.

    Args:
        paths: Files of the images (N,).
        groups: Group of each (N,).
        identities: Identity of each (N,), None where unknown.
        rows: Most groups that are shown.
        columns: Most images that are shown of each.

    Returns:
        One row a group; the first image's caption tells how many more there are. Empty if there are no groups.
    """
    members = defaultdict(list)
    for image, group in enumerate(groups):
        members[group].append(image)
    repeated = [images for images in members.values() if len(images) > 1]
    repeated.sort(key=lambda images: (-len({identities[image] for image in images}), -len(images)))
    return [_row(images, paths, identities, columns) for images in repeated[:rows]]


def _row(
    images: Sequence[int], paths: Sequence[str | os.PathLike], identities: Sequence[str | None], columns: int
) -> list[Tile]:
    """Return the first tiles of a group, its first image framed as a head."""
    first, *others = images
    head = Tile(str(paths[first]), f'+{len(others)} {_name(paths[first])}', QUERY)
    known = identities[first]
    frames = [UNKNOWN if None in (known, identities[i]) else RIGHT if identities[i] == known else WRONG for i in others]
    tiles = [Tile(str(paths[i]), _name(paths[i]), frame) for i, frame in zip(others, frames, strict=True)]
    return [head, *tiles[: columns - 1]]


def _name(path: str | os.PathLike) -> str:
    return os.path.basename(path)
