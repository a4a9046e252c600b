"""Configs that verbs write: another one with other stages."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path


def inheriting(config: str, out: Path, comment: str, lines: Sequence[str]) -> str:
    """Return the text of a config that is another one with some lines of its own.

    Args:
        config: The other one.
        out: Where the text will be written; the other one is named from there.
        comment: First line.
        lines: The lines.
    """
    base = os.path.relpath(Path(config).resolve(), out.resolve().parent)
    return '\n'.join([f'# {comment}', f'_base_ = {base!r}', *lines]) + '\n'


def listed_stages(stages: Sequence[Mapping]) -> str:
    """Return settings of stages as a list in Python, one a line."""
    written = [', '.join(f'{key}={value!r}' for key, value in stage.items()) for stage in stages]
    return '[\n' + ''.join(f'    dict({settings}),\n' for settings in written) + ']'
