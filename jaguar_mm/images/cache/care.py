"""Filling, checking and clearing out a cache of images."""

from __future__ import annotations

import multiprocessing
import re
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from jaguar_mm.images.cache.entry import VERSION, EntryError, Key, verify_entry
from jaguar_mm.images.cache.image_cache import ENDING, ImageCache
from jaguar_mm.images.cache.mask_entry import MASK_ENDING, MaskKey, open_mask
from jaguar_mm.images.gate.error import ImageError
from jaguar_mm.storage.files import PARTIAL, file_digest

CHUNK = 4  # images handed to a worker at once
SIZE_FOLDER = re.compile(r'(\d+)-v(\d+)')
ABANDONED = 3600  # seconds after which a file that is being written has lost its writer


class Built(NamedTuple):
    """What became of one image file.

    Attributes:
        path: The file.
        is_new: Whether its entry was made; False if it was there.
        problem: Why the file cannot be used; empty if it can.
    """

    path: str
    is_new: bool
    problem: str


def build_entries(cache: ImageCache, paths: Sequence[str], workers: int) -> Iterator[Built]:
    """Fill a cache in parallel; what it holds already is left alone, so that an interrupted call can be repeated.

    Args:
        cache: The cache.
        paths: Image files.
        workers: Processes, at least one.

    Yields:
        What became of each file, in the files' order.

    Raises:
        CacheFullError: If the limit is reached.
        OSError: If the cache cannot be written.
    """
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context('spawn'), _take, (cache,))
    try:
        yield from pool.map(_build, paths, chunksize=CHUNK)
    finally:
        pool.shutdown(cancel_futures=True)


def verify_entries(folder: Path) -> Iterator[tuple[Path, str]]:
    """Compare every entry of a cache with its checksums; a damaged one is removed, to be made anew when needed.

    Args:
        folder: The cache.

    Yields:
        Each entry's path, and what is wrong with it; empty if it is sound.
    """
    for path, side, version in _entries(folder):
        if version != VERSION:
            continue
        try:
            if path.suffix == MASK_ENDING:
                open_mask(path, MaskKey.of(path, side))
            else:
                verify_entry(path, Key(path.stem, side))
            yield path, ''
        except EntryError as error:
            path.unlink(missing_ok=True)
            yield path, str(error)


def prune(kept: Sequence[tuple[ImageCache, Collection[str]]]) -> tuple[int, int]:
    """Remove all entries and masks but those of some images, whatever their size and version, and what is half written.

    Args:
        kept: Caches of different sizes in one folder, each with the image files whose entries stay.

    Returns:
        How many files were removed, and how many bytes they had.

    Raises:
        OSError: If an image cannot be read or an entry not be removed.
    """
    folder, sources = kept[0][0].folder, kept[0][0].sources
    paths = {path for _, paths in kept for path in paths}
    digests = {path: sources.digest(path) or file_digest(path) for path in paths}
    wanted = {
        place(digests[path]) for cache, paths in kept for path in paths for place in (cache.entry_path, cache.mask_path)
    }
    unwanted = {path for path, _, _ in _entries(folder)} - wanted | set(_abandoned(folder))
    size = sum(path.stat().st_size for path in unwanted)
    for path in unwanted:
        path.unlink(missing_ok=True)
    sources.keep_only(paths)
    return len(unwanted), size


def _take(cache: ImageCache) -> None:
    """Give a worker the cache that it fills: once, for it learns what the cache holds."""
    global _cache
    _cache = cache


def _build(path: str) -> Built:
    try:
        return Built(path, _cache.build(path), '')
    except ImageError as error:
        return Built(path, False, str(error).removeprefix(f'{path}: '))


def _entries(folder: Path) -> Iterator[tuple[Path, int, int]]:
    """Yield path, size and version of all entries and masks; other files are nobody's business here."""
    for below in sorted(folder.iterdir()):
        if known := SIZE_FOLDER.fullmatch(below.name):
            for path in sorted((*below.glob(f'*/*{ENDING}'), *below.glob(f'*/*{MASK_ENDING}'))):
                yield path, *map(int, known.groups())


def _abandoned(folder: Path) -> Iterator[Path]:
    """Yield files whose writer was killed."""
    for path in folder.rglob(f'*{PARTIAL}'):
        if time.time() - path.stat().st_mtime > ABANDONED:
            yield path
