"""Keypoints of image files, kept so that each image is looked at once."""

from __future__ import annotations

import hashlib
import warnings
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
        self.folder, self.matcher, self.load, self.masks, self.size = folder, matcher, load, masks, size
        self.content = content
        self.whole = 0  # images without a mask that were looked at
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
        found, before = [], self.whole
        for path, key in zip(paths, keys or map(self.key, paths), strict=True):
            found.append(self._of(path, key))
            advance(1)
        if self.whole > before and not self.masks:
            warnings.warn(
                f'{self.whole - before} of {len(paths)} images have no mask, so that places are compared too, not the '
                f'animals alone; set masks=True (--stages LocalMatching:masks=True), or give images with alpha',
                stacklevel=2,
            )
        return found

    def _of(self, path: str, key: str) -> Keypoints:
        entry = f'{key[:2]}/{key}.safetensors'

        def detect() -> dict[str, np.ndarray]:
            image = self.load(path)
            self.whole += not image.has_alpha
            return self.matcher.detect(cut_out(image, self.size))._asdict()

        return Keypoints(**kept_or_made(self.folder, entry, 'keypoints', Keypoints._fields, detect))
