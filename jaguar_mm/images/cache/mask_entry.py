"""The mask of one image of the cache, in a sealed file beside the image's entry: nothing of it can change unseen."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaguar_mm.images.cache.entry import EntryError
from jaguar_mm.images.masks import Mask
from jaguar_mm.storage import read_sealed, write_sealed

MASK_ENDING = '.mask'


class MaskKey(NamedTuple):
    """What a mask is the mask of.

    Attributes:
        digest: SHA-256 of the source file's content, 64 hexadecimal digits.
        side: Length in pixels that the shorter side was shrunk to, if it was longer.
        segmenter: The segmenter's fingerprint.
    """

    digest: str
    side: int
    segmenter: str

    @property
    def file_name(self) -> str:
        """Name of the file."""
        return f'{self.digest}.{self.segmenter}{MASK_ENDING}'

    @classmethod
    def of(cls, path: Path, side: int) -> MaskKey:
        """Return the key of a file of that name."""
        digest, _, segmenter = path.stem.partition('.')
        return cls(digest, side, segmenter)


def write_mask(path: Path, key: MaskKey, mask: Mask) -> None:
    """Write a mask in one step; writers of the same mask do each other no harm."""
    write_sealed(path, {'alpha': mask.alpha, 'found': np.array(mask.found)}, _texts(key))


def open_mask(path: Path, key: MaskKey) -> Mask:
    """Read a mask, every byte of it.

    Args:
        path: The file.
        key: What it should be the mask of.

    Raises:
        FileNotFoundError: If there is none.
        EntryError: If it is damaged or another's.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    try:
        arrays, texts = read_sealed(path)
    except ValueError as error:
        raise EntryError(str(error)) from error
    if texts != _texts(key) or set(arrays) != {'alpha', 'found'}:
        raise EntryError('it is the mask of another image')
    return Mask(arrays['alpha'], bool(arrays['found']))


def _texts(key: MaskKey) -> dict[str, str]:
    return {name: str(value) for name, value in key._asdict().items()}
