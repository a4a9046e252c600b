"""The images below a folder, and what of it is left out.

==============================================  ========================================================
Below the folder                                Answer
==============================================  ========================================================
file with the ending of a format that is read   an image, see :data:`ENDINGS`
file of another image format: HEIC, raw, ...    left out as unread, see :data:`UNREAD_ENDINGS`
any other file                                  left alone
name that begins with a dot, ``@eaDir``,        left out as no data, with all that is below it,
``__MACOSX``, ``$RECYCLE.BIN``, ...             see :func:`is_leftover`; what the folder lies in does not count
link to a file or a folder, wherever            followed, under the link's own name
link to a folder that it lies in                left out as a loop: no image is reached by it alone
link to nothing                                 left out as broken
name of bytes that are no UTF-8                 left out as misnamed, with all that is below it: no table could
                                                hold the name, and messages show such bytes escaped
folder without an image in it or below          left out as empty
folder that may not be read                     refused
==============================================  ========================================================
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from jaguar_mm.images.gate.formats import FORMATS
from jaguar_mm.images.gate.unread import UNREAD

ENDINGS = tuple(ending for known in FORMATS for ending in known.endings)
UNREAD_ENDINGS = tuple(ending for known in UNREAD for ending in known.endings)
# Of systems, archivers and network disks, in lower case; names that begin with a dot need no entry.
LEFTOVERS = frozenset(
    (
        *('@eadir', '@recycle', '@recently-snapshot', '#recycle', '#snapshot', 'network trash folder'),
        *('$recycle.bin', 'recycler', 'system volume information', 'thumbs.db', 'ehthumbs.db', 'desktop.ini'),
        *('__macosx', 'temporary items', 'lost+found', 'lost.dir'),
    )
)


class Listing(NamedTuple):
    """What is below a folder: paths relative to it, with ``/`` between folders, sorted.

    Attributes:
        names: Images.
        unread: Files that are named like images of formats that are not read.
        leftovers: Folders that are no data, and files named like images that are none.
        loops: Links to a folder that they lie in.
        broken: Links to nothing.
        misnamed: Folders, and files named like images, whose names are no UTF-8; here they are escaped.
        empty: Folders without an image in or below them, but not those below such a one.
    """

    names: list[str]
    unread: list[str]
    leftovers: list[str]
    loops: list[str]
    broken: list[str]
    misnamed: list[str]
    empty: list[str]


def list_images(folder: str | os.PathLike) -> Listing:
    """List the images below a folder.

    Raises:
        FileNotFoundError: If there are none.
        PermissionError: If a folder may not be read.
        ValueError: If the folder's own name is no UTF-8.
    """
    if not _is_text(str(folder)):
        raise ValueError(f'{_escaped(str(folder))}: the name of this folder is no UTF-8; rename it')
    found: dict[str, list[str]] = defaultdict(list)
    if os.path.isdir(folder):
        for kind, name in _walk(str(folder), '', _identities(Path(os.path.realpath(folder)).parents)):
            found[kind].append(name)
    filled = {parent.as_posix() for name in found['names'] for parent in PurePosixPath(name).parents}
    bare = set(found.pop('folders', ())) - filled
    found['empty'] = [name for name in bare if bare.isdisjoint(map(str, PurePosixPath(name).parents))]
    listing = Listing(*(sorted(found[kind]) for kind in Listing._fields))
    if not listing.names:
        unread = f', but {len(listing.unread)} files of formats that are not read' if listing.unread else ''
        looked_for = ', '.join(sorted(ENDINGS))
        raise FileNotFoundError(f'{folder}: no images there (looked for {looked_for}){unread}')
    return listing


def is_leftover(name: str) -> bool:
    """Whether a file or folder of this name is no data: hidden, or left there by a system, an archiver or a disk."""
    return name.startswith('.') or name.lower() in LEFTOVERS


def leftovers_among(names: Iterable[str]) -> list[str]:
    """Return the paths of which a part is called like what is no data."""
    return [name for name in names if any(map(is_leftover, name.split('/')))]


def _walk(root: str, below: str, above: frozenset) -> Iterator[tuple[str, str]]:
    """Yield kind and name of all that is below a folder; ``above`` are the identities of the folders it lies in."""
    here = os.path.join(root, below)
    above |= _identities([here])
    with os.scandir(here) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            name = f'{below}/{entry.name}' if below else entry.name
            kind = _kind(entry, above)
            if kind:
                yield kind, _escaped(name)
            if kind == 'folders':
                yield from _walk(root, name, above)


def _kind(entry: os.DirEntry, above: frozenset) -> str | None:
    """Return what an entry of a folder is, None if it is nothing to be named."""
    target = Path(entry) if entry.is_symlink() else entry  # a path takes a link in a circle for a broken one
    ending = os.path.splitext(entry.name)[1].lower()
    if is_leftover(entry.name) or not _is_text(entry.name):
        odd = 'leftovers' if is_leftover(entry.name) else 'misnamed'
        return odd if target.is_dir() or ending in ENDINGS + UNREAD_ENDINGS else None
    if target.is_dir():
        return 'loops' if _identities([target]) <= above else 'folders'
    if target.is_file():
        return 'names' if ending in ENDINGS else 'unread' if ending in UNREAD_ENDINGS else None
    return 'broken' if entry.is_symlink() and not os.path.exists(target) else None


def _is_text(name: str) -> bool:
    """Whether a file's name is UTF-8; bytes that are not reach Python as lone surrogates."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _escaped(name: str) -> str:
    return os.fsencode(name).decode(errors='backslashreplace')


def _identities(folders: Iterable[str | os.PathLike]) -> frozenset[tuple[int, int]]:
    """Return what tells folders from all others, whatever path leads to them."""
    return frozenset((status.st_dev, status.st_ino) for status in map(os.stat, folders))
