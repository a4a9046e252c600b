"""The pictures in a folder."""

from __future__ import annotations

import os
from pathlib import Path

from jaguar_mm.images.gate.formats import FORMATS

ENDINGS = tuple(ending for known in FORMATS for ending in known.endings)


def picture_names(folder: str | os.PathLike) -> list[str]:
    """Return the paths below a folder of everything that is named like a picture, sorted.

    Raises:
        FileNotFoundError: If there are none.
    """
    folder = Path(folder)
    files = (path for path in folder.rglob('*') if path.suffix.lower() in ENDINGS and path.is_file())
    names = sorted(path.relative_to(folder).as_posix() for path in files)
    if not names:
        raise FileNotFoundError(f'{folder}: no pictures there (looked for {", ".join(sorted(ENDINGS))})')
    return names
