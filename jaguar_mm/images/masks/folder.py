"""Outline the animals of many image files: for each a PNG with the mask as its alpha."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from jaguar_mm.images.crop import HALF_OPAQUE, mask_box
from jaguar_mm.images.gate.error import ImageError
from jaguar_mm.images.gate.load import decode_rgba, read_content
from jaguar_mm.images.masks.png import encode_png, note_of
from jaguar_mm.images.masks.segmenter import Segmenter
from jaguar_mm.storage.files import write_whole

OWN, FOUND, NOTHING = 'own', 'found', 'nothing'  # where a mask is from


class Outlined(NamedTuple):
    """What became of one image file.

    Attributes:
        name: Its path below the folder.
        mask: :data:`OWN` if it had an alpha, :data:`FOUND`, or :data:`NOTHING`: then all of it is opaque; empty if the
            file cannot be used.
        box: Left, top, right and bottom of the mask in pixels, the latter two exclusive; empty without one.
        share: Of the image that is at least half opaque, 0 to 1.
        is_new: Whether the PNG was made; False if it was there.
        problem: Why the file cannot be used; empty if it can.
    """

    name: str
    mask: str = ''
    box: Sequence[int] = ()
    share: float = 0.0
    is_new: bool = False
    problem: str = ''


def mask_files(folder: Path, names: Sequence[str], out: Path, segmenter: Segmenter, workers: int) -> Iterator[Outlined]:
    """Write for each image a PNG with a mask as its alpha; an alpha that it has stays.

    What this segmenter made of the same image before is left alone, so that an interrupted call can be repeated.

    Args:
        folder: Where the images are.
        names: Their paths below it.
        out: Folder to write to, under the same names but for the ending.
        segmenter: Finds the animals.
        workers: Threads, at least one.

    Yields:
        What became of each, in their order.

    Raises:
        ValueError: If two images would be written to one file, or one folder lies in the other.
        OSError: If a file cannot be written.
    """
    _check_places(folder, names, out)
    pool = ThreadPoolExecutor(workers)
    try:
        yield from pool.map(partial(_mask_file, folder, out, segmenter), names)
    finally:
        pool.shutdown(cancel_futures=True)


def masked_name(name: str) -> str:
    """Return the name under which an image is written."""
    return str(PurePosixPath(name).with_suffix('.png'))


def _check_places(folder: Path, names: Sequence[str], out: Path) -> None:
    """Refuse to write among the images, or two of them to one file."""
    read, written = folder.resolve(), out.resolve()
    if read.is_relative_to(written) or written.is_relative_to(read):
        raise ValueError(f'{out}: lies in {folder} or holds it, so that images could be overwritten; choose another')
    sources: dict[str, str] = {}
    for name in names:
        other = sources.setdefault(masked_name(name), name)
        if other != name:
            raise ValueError(f'{folder}: {other!r} and {name!r} would both become {masked_name(name)!r}; rename one')


def _mask_file(folder: Path, out: Path, segmenter: Segmenter, name: str) -> Outlined:
    """Make one PNG unless it is there."""
    path, target = folder / name, out / masked_name(name)
    try:
        content = read_content(path)
        made_of = {'source': hashlib.sha256(content).hexdigest(), 'segmenter': segmenter.fingerprint}
        note = note_of(target)
        if made_of.items() <= note.items():
            return Outlined(name, note['mask'], note['box'], note['share'])
        rgba, has_alpha = decode_rgba(content, path)
    except ImageError as error:
        return Outlined(name, problem=str(error).removeprefix(f'{path}: '))
    kind = OWN
    if not has_alpha:
        rgba[..., 3], found = segmenter(np.ascontiguousarray(rgba[..., :3]))
        kind = FOUND if found else NOTHING
    opaque = rgba[..., 3] >= HALF_OPAQUE
    outlined = Outlined(name, kind, mask_box(rgba[..., 3]) if opaque.any() else (), float(opaque.mean()), is_new=True)
    note = {**made_of, 'mask': kind, 'box': outlined.box, 'share': outlined.share}
    write_whole(target, encode_png(rgba, note))
    return outlined
