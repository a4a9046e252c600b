"""Keypoints of image files, kept so that each image is looked at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from jaguar_mm.images import LoadedImage, content_fingerprint
from jaguar_mm.matching.animal import cut_out
from jaguar_mm.matching.kept import kept_or_made
from jaguar_mm.matching.keypoints import Keypoints, Matcher

VERSION = 1  # changes with the code that cuts the animal out


class KeypointStore:
    """Detect the keypoints of image files, or read those that are kept.

    A file's keypoints go by its content, the mask that it got, the size and the matcher; a damaged entry is made anew.

    Args:
        folder: Where they are kept.
        matcher: What detects them.
        load: Reads an image with its mask.
        masks: A text that differs where other masks are put on images: the fingerprint of the segmenter, if any.
        size: Longer side of the animal in pixels.
        content: Tells a file's content from others.
    """

    def __init__(
        self,
        folder: Path,
        matcher: Matcher,
        load: Callable[[str], LoadedImage],
        masks: str = '',
        size: int = 512,
        content: Callable[[str], str] = content_fingerprint,
    ) -> None:
        self.folder, self.matcher, self.load, self.size, self.content = folder, matcher, load, size, content
        self.recipe = f'{matcher.fingerprint}\0{masks}\0{size}\0{VERSION}'

    def key(self, path: str) -> str:
        """Return what tells the keypoints of a file from all others, 32 hexadecimal digits."""
        return hashlib.sha256(f'{self.recipe}\0{self.content(path)}'.encode()).hexdigest()[:32]

    def __call__(
        self,
        paths: Sequence[str],
        advance: Callable[[int], None] = lambda images: None,
        keys: Sequence[str] | None = None,
    ) -> list[Keypoints]:
        """Return the keypoints of some files.

        Args:
            paths: The files (N).
            advance: Is told how many more are done.
            keys: Their keys (N), if the caller has asked for them already.

        Raises:
            ImageError: If a file cannot be read.
        """
        found = []
        for path, key in zip(paths, keys or map(self.key, paths), strict=True):
            found.append(self._of(path, key))
            advance(1)
        return found

    def _of(self, path: str, key: str) -> Keypoints:

        def detect() -> dict[str, np.ndarray]:
            return self.matcher.detect(cut_out(self.load(path), self.size))._asdict()

        return Keypoints(
            **kept_or_made(self.folder, f'{key[:2]}/{key}.safetensors', 'keypoints', Keypoints._fields, detect)
        )
