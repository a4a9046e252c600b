"""Image files that were embedded and are read again: they must be what they were."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from jaguar_mm.images.fingerprint import content_fingerprint
from jaguar_mm.images.gate.error import ImageError

PATH, CONTENT = 'path', 'content'  # columns of embeddings: where an image lies, and what tells it from others


class EmbeddedFiles:
    """What is on record of the content of image files.

    Args:
        *tables: Columns of sets of embeddings (N,); an image of which path or content is not known is not checked.
    """

    def __init__(self, *tables: Mapping[str, Sequence[Any]]) -> None:
        self.contents: dict[str, set[str]] = defaultdict(set)
        for table in tables:
            if PATH in table and CONTENT in table:
                for path, content in zip(table[PATH], table[CONTENT], strict=True):
                    if content is not None:
                        self.contents[str(path)].add(content)

    def content(self, path: str) -> str:
        """Return what tells a file's content from others, see :func:`~jaguar_mm.images.content_fingerprint`.

        Raises:
            ImageError: If the file cannot be read, or is not the one that was embedded.
        """
        try:
            found = content_fingerprint(path)
        except OSError as error:
            raise ImageError(f'{path}: cannot be read again ({error.strerror}); put it back, or embed anew') from error
        if self.contents.get(path, {found}) != {found}:
            raise ImageError(f'{path}: is another image than the one that was embedded; put it back, or embed anew')
        return found
