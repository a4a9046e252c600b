"""One image of the cache in a file of its own: 64 bytes of header, then the pixels as they lie in memory.

Opening one compares the header with its checksum and with the file's length, which costs microseconds and notices every
file that is cut, emptied, lengthened or put in another's place; :func:`verify_entry` compares the pixels as well.
"""

from __future__ import annotations

import mmap
import os
import struct
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from jaguar_mm.images.gate.load import LoadedImage
from jaguar_mm.storage.files import whole_file

VERSION = 1  # of the layout below and of the recipe by which images are made smaller
MAGIC = b'JAGRGBA%d' % VERSION
# magic, SHA-256 of the source, shorter side asked for, height, width, has_alpha, CRC-32 of the pixels
FIELDS = struct.Struct('<8s32sIIIII')
SEAL = struct.Struct('<I')  # CRC-32 of the fields
HEADER = FIELDS.size + SEAL.size
CHANNELS = 4
K, Held = TypeVar('K'), TypeVar('Held')  # a key, and what is kept under it


class EntryError(ValueError):
    """A file that is not, or no longer, the entry it should be; the message does not name it."""


class Key(NamedTuple):
    """What an entry is the entry of.

    Attributes:
        digest: SHA-256 of the source file's content, 64 hexadecimal digits.
        side: Length in pixels that the shorter side was shrunk to, if it was longer.
    """

    digest: str
    side: int


def write_entry(path: str | os.PathLike, key: Key, image: LoadedImage) -> None:
    """Write an entry in one step; writers of the same entry do each other no harm.

    Args:
        path: The file.
        key: What it is the entry of.
        image: The shrunk image.
    """
    pixels = np.ascontiguousarray(image.pixels)
    height, width = pixels.shape[:2]
    shape = key.side, height, width, image.has_alpha
    fields = FIELDS.pack(MAGIC, bytes.fromhex(key.digest), *shape, zlib.crc32(pixels))
    with whole_file(path) as file:
        file.write(fields + SEAL.pack(zlib.crc32(fields)))
        file.write(pixels)


def open_entry(path: str | os.PathLike, key: Key) -> LoadedImage:
    """Map an entry into memory.

    Args:
        path: The file.
        key: What it should be the entry of.

    Returns:
        The image. Its pixels are read from the disk as they are looked at, and shared between processes; writing to
        them changes a copy and never the file.

    Raises:
        FileNotFoundError: If there is none.
        EntryError: If it is damaged or another's.
    """
    return _open(path, key)[0]


def verify_entry(path: str | os.PathLike, key: Key) -> None:
    """Read an entry from its first to its last byte.

    Args:
        path: The file.
        key: What it should be the entry of.

    Raises:
        EntryError: If it is damaged or another's.
    """
    image, checksum = _open(path, key)
    if zlib.crc32(image.pixels) != checksum:
        raise EntryError('the checksum of its pixels does not fit')


def sound_or_none(opened: Callable[[Path, K], Held], path: Path, key: K) -> Held | None:
    """Return what a file holds; None if there is none or, with a warning, if it is damaged.

    Args:
        opened: Opens it; raises :class:`EntryError` if it is damaged.
        path: The file.
        key: What it should be the entry of.
    """
    try:
        return opened(path, key)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except EntryError as error:
        warnings.warn(f'{path}: damaged ({error}); it is made anew', stacklevel=5)
        return None


def _open(path: str | os.PathLike, key: Key) -> tuple[LoadedImage, int]:
    """Return the mapped image, and the checksum that its pixels should have."""
    with open(path, 'rb') as file:
        header, length = file.read(HEADER), os.fstat(file.fileno()).st_size
        if len(header) < HEADER:
            raise EntryError(f'it has only {length} bytes')
        magic, digest, side, height, width, has_alpha, checksum = FIELDS.unpack_from(header)
        if zlib.crc32(header[: FIELDS.size]) != SEAL.unpack_from(header, FIELDS.size)[0]:
            raise EntryError('the checksum of its header does not fit')
        if (magic, digest.hex(), side) != (MAGIC, *key):
            raise EntryError('it is the entry of another image')
        if length != HEADER + height * width * CHANNELS:
            raise EntryError(f'it has {length} bytes instead of {HEADER + height * width * CHANNELS}')
        mapped = mmap.mmap(file.fileno(), length, access=mmap.ACCESS_COPY)
    pixels = np.frombuffer(mapped, np.uint8, offset=HEADER).reshape(height, width, CHANNELS)
    return LoadedImage(pixels, bool(has_alpha)), checksum
