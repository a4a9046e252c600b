"""Find the image files that a table names. Where a folder is listed instead, see :mod:`jaguar_mm.images.folder`.

==============================================  ========================================================
On the disk                                     Answer
==============================================  ========================================================
an image is absent, or a folder of its name     refused: how many, the first of them, where it was sought
images that the table does not name             left alone: a folder may serve several tables
name in NFC there and in NFD here, or reversed  found
name in another case                            absent, unless the disk itself does not tell cases apart
the folder itself is a link, or links inside it followed
a link out of the folder                        refused by name: a table speaks of its folder alone
the table names what is called like no data     read, with a warning: a table is explicit (``.x/a.png``)
==============================================  ========================================================
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from os import path as osp
from pathlib import Path
from unicodedata import normalize

from jaguar_mm.storage.csv_gate import TableError


def locate_images(folder: str, names: Sequence[str], table: str) -> list[str]:
    """Return the path of every image, in a folder or in the folder of the same name inside it.

    The competition's archive nests its folders once (``train/train/*.png``); some copies are flat.

    Args:
        folder: Where the images should be.
        names: Their names in the table (N,).
        table: The table's path, for the message.

    Raises:
        FileNotFoundError: If an image is absent.
        TableError: If an image is a link that leads out of the folder.
    """
    nested = osp.join(folder, osp.basename(osp.normpath(folder)))
    listing = cache(_listing)
    found = {place: [_on_disk(place, name, listing) for name in names] for place in (nested, folder)}
    paths = min(found.values(), key=lambda paths: paths.count(None))
    missing = [name for name, path in zip(names, paths, strict=True) if path is None]
    if missing:
        raise FileNotFoundError(
            f'{table}: {len(missing)} of {len(names)} images are missing, the first is {missing[0]!r}; '
            f'looked in {nested} and {folder}; set data_root and data_prefix, or unpack the images again'
        )
    _check_links(folder, paths, table)
    return paths


def _on_disk(place: str, name: str, listing: Callable[[str], dict[str, str]]) -> str | None:
    """Return the path of an image whose accents may be encoded in another way on the disk, None if it is absent."""
    path = osp.join(place, name)
    if osp.isfile(path):
        return path
    if name.isascii():
        return None
    path = place
    for part in name.split('/'):
        path = osp.join(path, listing(path).get(normalize('NFC', part), part))
    return path if osp.isfile(path) else None


def _listing(folder: str) -> dict[str, str]:
    """Return what a folder holds: name in NFC to name on the disk; nothing if there is no such folder."""
    return {normalize('NFC', entry): entry for entry in os.listdir(folder)} if osp.isdir(folder) else {}


def _check_links(folder: str, paths: Sequence[str], table: str) -> None:
    root = osp.realpath(folder)
    is_inside = cache(lambda path: Path(osp.realpath(path)).is_relative_to(root))
    for path in paths:
        if not is_inside(path if osp.islink(path) else osp.dirname(path)):
            raise TableError(
                f'{table or folder}: {path} leads to {osp.realpath(path)}, outside {folder}; '
                f'put the image itself there, or set data_prefix to the folder where it is'
            )
