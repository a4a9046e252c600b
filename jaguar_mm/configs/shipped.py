"""The project's own configs: beside the package in a checkout, inside it (``.mim``, as mim lays it out) in a wheel."""

from __future__ import annotations

from pathlib import Path

PREFIX = 'jaguar_mm::'
PACKAGE = Path(__file__).resolve().parents[1]


def locate(path: str) -> str:
    """Return where a config lies; ``jaguar_mm::eva02_gem.py`` is one of the project's own."""
    if not path.startswith(PREFIX):
        return path
    inside = PACKAGE / '.mim' / 'configs'
    return str((inside if inside.is_dir() else PACKAGE.parent / 'configs') / path.removeprefix(PREFIX))
