"""Configs that verbs write: another one with other stages."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path


def inheriting(
    config: str,
    out: Path,
    comment: str,
    stages: Sequence[Mapping],
    evaluators: Sequence[str],
    more: Sequence[str] = (),
) -> str:
    """Return the text of a config that is another one with stages of its own.

    Args:
        config: The other one.
        out: Where the text will be written; the other one is named from there.
        comment: First line.
        stages: Settings of each stage.
        evaluators: What has them, such as ``test_evaluator``.
        more: Further lines.
    """
    base = os.path.relpath(Path(config).resolve(), out.resolve().parent)
    written = [', '.join(f'{key}={value!r}' for key, value in stage.items()) for stage in stages]
    listed = ''.join(f'    dict({settings}),\n' for settings in written)
    overrides = [f'{name} = dict(stages=stages)' for name in evaluators]
    return '\n'.join([f'# {comment}', f'_base_ = {base!r}', f'stages = [\n{listed}]', *overrides, *more]) + '\n'
