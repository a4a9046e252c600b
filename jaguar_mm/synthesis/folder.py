"""A folder that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FolderError(FileExistsError):
    """A folder that must not be replaced; the message names it and says what to do."""


@contextmanager
def whole_folder(target: Path, *, overwrite: bool, signature: tuple[str, ...]) -> Iterator[Path]:
    """Give a new folder to fill beside the target, which it becomes once the block ends without an error.

    Args:
        target: The folder to make; parents are made as needed. An empty one is replaced.
        overwrite: Whether a folder that was made in this way before is replaced.
        signature: Files by which such a folder is known; one without them is never replaced.

    Yields:
        The folder to fill.

    Raises:
        FolderError: If the target exists, is not empty, and may not be replaced.
    """
    target = Path(target).resolve()
    if target.exists() and not target.is_dir():
        raise FolderError(f'{target}: is a file; choose another folder')
    if target.exists() and any(target.iterdir()):
        if not overwrite:
            raise FolderError(f'{target}: exists and is not empty; choose another folder or pass --overwrite')
        if missing := [name for name in signature if not (target / name).is_file()]:
            raise FolderError(f'{target}: has no {missing[0]}, so it is something else and is not overwritten')
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f'.{target.name}.', dir=target.parent) as workshop:
        new, old = Path(workshop, 'new'), Path(workshop, 'old')
        new.mkdir()
        yield new
        if target.exists():
            os.replace(target, old)
        os.replace(new, target)
        shutil.rmtree(old, ignore_errors=True)
