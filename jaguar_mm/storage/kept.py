"""Arrays that are read from a sealed file, or made and kept there."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import numpy as np

from jaguar_mm.storage.sealed import read_sealed, write_sealed


def kept_or_made(
    path: Path, what: str, names: Collection[str], make: Callable[[], Mapping[str, np.ndarray]]
) -> Mapping[str, np.ndarray]:
    """Return the arrays of a sealed file; make and keep them if there is none or, with a warning, if it is damaged.

    Args:
        path: The file.
        what: What the arrays are, for the warning.
        names: What they are called.
        make: Makes them.
    """
    if path.is_file():
        try:
            arrays = read_sealed(path).arrays
            if set(arrays) != set(names):
                raise ValueError(f'it has {", ".join(arrays)} instead of {", ".join(names)}')
        except ValueError as error:
            warnings.warn(f'{path}: damaged {what} ({error}); they are made anew', stacklevel=3)
        else:
            return arrays
    made = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_sealed(path, made, {})
    return made
