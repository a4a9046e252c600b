"""The sheet of near-duplicates: each group in a row, what shows another animal than its first picture framed."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence

from jaguar_mm.reports.ranked import QUERY, RIGHT, UNKNOWN, WRONG, Tile


def group_rows(
    paths: Sequence[str | os.PathLike],
    groups: Sequence[int],
    identities: Sequence[str | None],
    rows: int = 40,
    columns: int = 10,
) -> list[list[Tile]]:
    """Lay out the groups of two pictures and more: those of several animals first, then the largest.

    Args:
        paths: Files of the pictures (N,).
        groups: Group of each (N,).
        identities: Identity of each (N,), None where unknown.
        rows: Most groups that are shown.
        columns: Most pictures that are shown of each.

    Returns:
        One row a group; the first picture's caption tells how many more there are. Empty if there are no groups.
    """
    members = defaultdict(list)
    for picture, group in enumerate(groups):
        members[group].append(picture)
    repeated = [pictures for pictures in members.values() if len(pictures) > 1]
    repeated.sort(key=lambda pictures: (-len({identities[picture] for picture in pictures}), -len(pictures)))
    return [_row(pictures, paths, identities, columns) for pictures in repeated[:rows]]


def _row(
    pictures: Sequence[int], paths: Sequence[str | os.PathLike], identities: Sequence[str | None], columns: int
) -> list[Tile]:
    """Return the first tiles of a group, its first picture framed as a head."""
    first, *others = pictures
    head = Tile(str(paths[first]), f'+{len(others)} {_name(paths[first])}', QUERY)
    known = identities[first]
    frames = [UNKNOWN if None in (known, identities[i]) else RIGHT if identities[i] == known else WRONG for i in others]
    tiles = [Tile(str(paths[i]), _name(paths[i]), frame) for i, frame in zip(others, frames, strict=True)]
    return [head, *tiles[: columns - 1]]


def _name(path: str | os.PathLike) -> str:
    return os.path.basename(path)
