"""Short texts that tell image files apart: many without reading them whole, or one by all of its content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping

SAMPLE = 1 << 16  # bytes read at the beginning and at the end of each file
BLOCK = 1 << 20  # bytes read at once
CONTENT_DIGITS = 32  # of a fingerprint that stands in a table, 128 bits


def image_fingerprint(paths: Mapping[str, str | os.PathLike]) -> str:
    """Return a digest of the images' names, sizes, and first and last 64 KiB.

    Images of two rounds that share their names differ in size or content, and thus in their fingerprint; the folder
    and the order in which they are given do not matter. A file that cannot be read counts by its name alone.

    Args:
        paths: Image name to file.
    """
    digest = hashlib.sha256()
    for name in sorted(paths):
        size, sample = _sample(paths[name])
        digest.update(f'{name}\0{size}\0'.encode() + sample)
    return digest.hexdigest()


def content_fingerprint(path: str | os.PathLike) -> str:
    """Return a digest of all of one file's content, whatever its name."""
    digest = hashlib.sha256(f'{os.path.getsize(path)}\0'.encode())
    with open(path, 'rb') as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()[:CONTENT_DIGITS]


def _sample(path: str | os.PathLike) -> tuple[int, bytes]:
    try:
        size = os.path.getsize(path)
        with open(path, 'rb') as file:
            start = file.read(SAMPLE)
            file.seek(max(SAMPLE, size - SAMPLE))
            return size, start + file.read(SAMPLE)
    except OSError:
        return -1, b''
