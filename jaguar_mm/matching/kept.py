"""Arrays that are read from a sealed file, or made and kept there."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import numpy as np

from jaguar_mm.images.cache.place import VARIABLE
from jaguar_mm.storage import read_sealed, write_sealed


def kept_or_made(
    folder: Path, entry: str, what: str, names: Collection[str], make: Callable[[], Mapping[str, np.ndarray]]
) -> Mapping[str, np.ndarray]:
    """Return the arrays of a sealed file; make and keep them if there is none or, with a warning, if it is damaged.

    Where they cannot be kept there is a warning, and they are returned all the same.

    Args:
        folder: Where such files are kept.
        entry: The file, below the folder.
        what: What the arrays are, for the warnings.
        names: What they are called.
        make: Makes them.
    """
    path = folder / entry
    if os.path.isfile(path):
        try:
            arrays = read_sealed(path).arrays
            if set(arrays) != set(names):
                raise ValueError(f'it has {", ".join(arrays)} instead of {", ".join(names)}')
        except ValueError as error:
            warnings.warn(f'{path}: damaged {what} ({error}); they are made anew', stacklevel=3)
        else:
            return arrays
    made = make()
    try:
        write_sealed(path, made, {})
    except OSError as error:
        warn_not_kept(folder, what, error.strerror)
    return made


def warn_not_kept(folder: Path, what: str, reason: object) -> None:
    """Warn that something cannot be kept in a folder, and say what to do.

    Args:
        folder: Where it would be kept.
        what: What it is, in the plural.
        reason: Why it cannot.
    """
    warnings.warn(
        f'{folder}: {what} cannot be kept there ({reason}), so that another call makes them anew; make room, or set '
        f'{VARIABLE} to another folder',
        stacklevel=4,
    )
