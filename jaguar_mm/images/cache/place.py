"""Where the cache of a user is, if none is named."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = 'JAGUAR_MM_CACHE'


def user_folder() -> Path:
    """Return the folder that ``JAGUAR_MM_CACHE`` names, else ``jaguar_mm/images`` in the user's folder of caches.

    The latter is ``XDG_CACHE_HOME`` or, where that is not set, ``~/.cache``.

    Raises:
        ValueError: If the user has no home folder and nothing is set.
    """
    if named := os.environ.get(VARIABLE):
        return Path(named).expanduser()
    shared = os.environ.get('XDG_CACHE_HOME', '')
    caches = shared if os.path.isabs(shared) else os.path.expanduser('~/.cache')
    if not os.path.isabs(caches):
        raise ValueError(f'there is no home folder for the cache of images; set {VARIABLE} to a folder')
    return Path(caches) / 'jaguar_mm' / 'images'
