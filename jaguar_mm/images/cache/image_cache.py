"""Shrunk images kept on the disk, so that a large file is decoded once and not once an epoch.

::

    <folder>/sources.jsonl                    which content each path had, see sources.py
    <folder>/512-v1/ab/abcd...ef.rgba         the image whose file has the SHA-256 abcd...ef, its shorter side 512
    <folder>/512-v1/ab/abcd...ef.1234.mask    its mask by the segmenter whose fingerprint is 1234

Entries go by content: copies share one, a file that is moved keeps its own, one that is changed gets another. Processes
and runs share a cache without locks, since an entry is written beside its place and moved there whole; two that make
the same one write the same bytes. Nothing is ever removed but by :mod:`~jaguar_mm.images.cache.care`.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from pathlib import Path
from typing import NamedTuple

from jaguar_mm.images.cache.entry import HEADER, VERSION, Key, open_entry, sound_or_none, write_entry
from jaguar_mm.images.cache.mask_entry import MaskKey, open_mask, write_mask
from jaguar_mm.images.cache.sources import Sources, State, state_of
from jaguar_mm.images.gate.load import LoadedImage, decode_rgba, read_content
from jaguar_mm.images.masks import Mask, Segmenter, with_mask
from jaguar_mm.images.shrink import shrink

SOURCES = 'sources.jsonl'
ENDING = '.rgba'
LIMIT = 50e9  # bytes
RECOUNT = 100  # the whole cache is measured again when this share of the limit was added


class CacheFullError(ValueError):
    """The cache has reached its limit; the message says what to do."""


class Made(NamedTuple):
    """An image, and what of it is to be kept.

    Attributes:
        image: The shrunk image, without the mask.
        digest: SHA-256 of the file.
        state: The file's state before it was read; None if it is on record.
        is_new: Whether there is no entry of it yet.
        mask: Its mask, if images without alpha get one.
        has_new_mask: Whether there is no entry of the mask yet.
    """

    image: LoadedImage
    digest: str
    state: State | None
    is_new: bool
    mask: Mask | None = None
    has_new_mask: bool = False


class ImageCache:
    """A cache of images of one size.

    Args:
        folder: Where it is; made when needed. It may hold images of other sizes too.
        side: Length in pixels to which the shorter side is shrunk if it is longer.
        limit: Bytes that the whole folder may have. Each process counts what it adds, and what others add whenever it
            has added a hundredth of the limit, so that the limit may be exceeded by that much a process.
        segmenter: Gives images without alpha a mask, which is kept too; None: they stay as they are.

    Raises:
        ValueError: If ``side`` is not at least 1.
    """

    def __init__(
        self, folder: str | os.PathLike, side: int, limit: float = LIMIT, segmenter: Segmenter | None = None
    ) -> None:
        if side < 1:
            raise ValueError(f'the size of cached images must be at least 1 pixel, not {side}')
        self.folder, self.side, self.limit = Path(folder), side, limit
        self.sources, self.segmenter = Sources(self.folder / SOURCES), segmenter
        self._counted: int | None = None  # bytes in the folder when it was last measured
        self._added = 0  # bytes since then

    def load(self, path: str | os.PathLike) -> LoadedImage:
        """Return an image file's shrunk image, which is made and kept if there is none yet.

        If the cache is full or cannot be written there is a warning, and the image is returned all the same.

        Args:
            path: The image file.

        Raises:
            ImageError: If the file is absent or no sound image.
        """
        made = self._found_or_made(path)
        try:
            self._keep(path, made)
        except CacheFullError as error:
            warnings.warn(f'{error}; until then images are decoded each time', stacklevel=2)
        except OSError as error:
            warnings.warn(
                f'{self.folder}: the cache cannot be written ({error.strerror}), so that images are decoded each '
                f'time; make room, or set JAGUAR_MM_CACHE (or LoadRGBA.cache) to another folder',
                stacklevel=2,
            )
        return made.image if made.mask is None else with_mask(made.image, made.mask, path)

    def build(self, path: str | os.PathLike) -> bool:
        """Make sure that the cache holds an image file's shrunk image, and its mask.

        Args:
            path: The image file.

        Returns:
            Whether an entry was made.

        Raises:
            ImageError: If the file is absent or no sound image.
            CacheFullError: If the limit is reached.
            OSError: If the cache cannot be written.
        """
        made = self._found_or_made(path)
        self._keep(path, made)
        return made.is_new or made.has_new_mask

    def entry_path(self, digest: str) -> Path:
        """Return where the entry of a file with this SHA-256 is, or would be."""
        return self.folder / f'{self.side}-v{VERSION}' / digest[:2] / f'{digest}{ENDING}'

    def mask_path(self, digest: str) -> Path | None:
        """Return where the mask of a file with this SHA-256 is, or would be; None without a segmenter."""
        return self.segmenter and self.entry_path(digest).with_name(self._mask_key(digest).file_name)

    def _found_or_made(self, path: str | os.PathLike) -> Made:
        """Return the image of a file and, if it lacks alpha and is to have one, its mask."""
        made = self._find(path) or self._make(path)
        if self.segmenter is None or made.image.has_alpha:
            return made
        mask = sound_or_none(open_mask, self.mask_path(made.digest), self._mask_key(made.digest))
        if mask is None or mask.alpha.shape != made.image.pixels.shape[:2]:
            return made._replace(mask=self.segmenter(made.image.pixels[..., :3]), has_new_mask=True)
        return made._replace(mask=mask)

    def _mask_key(self, digest: str) -> MaskKey:
        return MaskKey(digest, self.side, self.segmenter.fingerprint)

    def _find(self, path: str | os.PathLike) -> Made | None:
        """Return the image of a file that is known and has not changed."""
        digest = self.sources.digest(path)
        image = digest and sound_or_none(open_entry, self.entry_path(digest), Key(digest, self.side))
        return Made(image, digest, None, is_new=False) if image else None

    def _make(self, path: str | os.PathLike) -> Made:
        """Read the file; decode it unless there is an entry of its content."""
        state = state_of(path)
        content = read_content(path)
        digest = hashlib.sha256(content).hexdigest()
        image = sound_or_none(open_entry, self.entry_path(digest), Key(digest, self.side))
        if image is not None:
            return Made(image, digest, state, is_new=False)
        pixels, has_alpha = decode_rgba(content, path)
        return Made(LoadedImage(shrink(pixels, self.side), has_alpha), digest, state, is_new=True)

    def _keep(self, path: str | os.PathLike, made: Made) -> None:
        """Write what is new: the entry and the mask, then the record that leads to them."""
        if made.is_new:
            size = made.image.pixels.nbytes + HEADER
            self._check_room(size)
            write_entry(self.entry_path(made.digest), Key(made.digest, self.side), made.image)
            self._added += size
        if made.has_new_mask:
            self._check_room(made.mask.alpha.nbytes)
            write_mask(self.mask_path(made.digest), self._mask_key(made.digest), made.mask)
            self._added += made.mask.alpha.nbytes
        self.sources.record(path, made.state, made.digest)

    def _check_room(self, size: int) -> None:
        """Refuse to grow beyond the limit."""
        if self._counted is None or self._added > self.limit / RECOUNT:
            self._counted, self._added = folder_bytes(self.folder), 0
        total = self._counted + self._added
        if total + size > self.limit:
            raise CacheFullError(
                f'{self.folder}: the cache is full ({total / 1e9:.2f} of {self.limit / 1e9:g} GB); allow more '
                '(cache_gb), take smaller images (size), or remove unused ones with jaguar-mm build-cache --prune'
            )


def folder_bytes(folder: Path) -> int:
    """Return how many bytes the files in and below a folder have; files that vanish meanwhile count nothing."""
    places = (os.path.join(root, name) for root, _, names in os.walk(folder) for name in names)
    return sum(state[1] for state in map(state_of, places) if state)
