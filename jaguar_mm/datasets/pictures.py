"""Find the picture files that a table names."""

from __future__ import annotations

from collections.abc import Sequence
from os import path as osp


def locate_pictures(folder: str, names: Sequence[str], table: str) -> list[str]:
    """Return the path of every picture, in a folder or in the folder of the same name inside it.

    The competition's archive nests its folders once (``train/train/*.png``); some copies are flat.

    Args:
        folder: Where the pictures should be.
        names: Their names in the table (N,).
        table: The table's path, for the message.

    Raises:
        FileNotFoundError: If a picture is absent.
    """
    nested = osp.join(folder, osp.basename(osp.normpath(folder)))
    missing = {place: [name for name in names if not osp.isfile(osp.join(place, name))] for place in (nested, folder)}
    place = min(missing, key=lambda place: len(missing[place]))
    if missing[place]:
        raise FileNotFoundError(
            f'{table}: {len(missing[place])} of {len(names)} pictures are missing, the first is {missing[place][0]!r}; '
            f'looked in {nested} and {folder}; set data_root and data_prefix, or unpack the pictures again'
        )
    return [osp.join(place, name) for name in names]
