"""Functions that numba compiles, kept from one process to the next where there is a folder to keep them in.

numba itself looks only at the file of a kernel, not at those whose kernels and constants it uses, and does not start
at all without a folder. Here the folder is named by the source of the whole room, and without one nothing is kept.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba

SETTINGS: Any = numba.config  # a module that gets its settings as it starts, of which a type checker knows nothing
Function = TypeVar('Function', bound=Callable[..., Any])


def kernel(**options: Any) -> Callable[[Function], Function]:
    """Return a decorator that compiles a function at its first call; while it runs, other threads run too.

    Args:
        options: Of ``numba.njit``, such as ``fastmath``.
    """

    def decorate(function: Function) -> Function:
        folder = _folder(Path(function.__code__.co_filename).parent)
        with _numba_keeps_in(folder):
            return numba.njit(nogil=True, cache=folder is not None, **options)(function)

    return decorate


@contextmanager
def _numba_keeps_in(folder: Path | None) -> Iterator[None]:
    before = SETTINGS.CACHE_DIR
    SETTINGS.CACHE_DIR = before if folder is None else str(folder)
    try:
        yield
    finally:
        SETTINGS.CACHE_DIR = before


@cache
def _folder(room: Path) -> Path | None:
    """Return where the kernels of a package are kept: the first place that can be written, or None."""
    for place in _places(room):
        folder = place / f'jaguar_mm-{room.name}-{_source_digest(room)}'
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError:
            continue
        return folder
    _warn_of_no_folder()
    return None


def _places(room: Path) -> Iterator[Path]:
    if SETTINGS.CACHE_DIR:
        yield Path(SETTINGS.CACHE_DIR)
    yield room / '__pycache__'
    home = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
    if os.path.isabs(home):  # not so where there is no home
        yield Path(home)


def _source_digest(room: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(room.rglob('*.py')):
        digest.update(f'{path.relative_to(room)}\0'.encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


@cache
def _warn_of_no_folder() -> None:
    warnings.warn(
        'jaguar_mm: there is no folder to keep compiled functions in, so every process compiles them again; '
        'set NUMBA_CACHE_DIR to a folder that can be written',
        stacklevel=2,
    )
