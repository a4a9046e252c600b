"""The width that one part of a network hands to the next, so that no config repeats it.

A backbone tells it as ``feature_dim`` (of several maps the sum), a neck that changes it as ``out_channels``; other
parts keep it.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from torch import nn


def with_width(part: Mapping[str, Any], kind: type, width: int | None, name: str) -> dict[str, Any]:
    """Return a part's arguments with ``in_channels``, if it has such an argument.

    Args:
        part: The arguments that a config gives.
        kind: The part's class.
        width: What comes into it, None if that is not known.
        name: Key of the part in the config, for messages.

    Raises:
        ValueError: If the width is neither known nor given, or both and they differ.
    """
    if 'in_channels' not in inspect.signature(kind).parameters:
        return dict(part)
    given = part.get('in_channels')
    if given is None and width is None:
        raise ValueError(f'{name}.in_channels: the part before does not tell its width; set it here')
    if None not in (given, width) and given != width:
        raise ValueError(f'{name}.in_channels is {given}, but {width} channels come into it; leave it out')
    return {**part, 'in_channels': given or width}


def width_behind(part: nn.Module, width: int | None) -> int | None:
    """Return the width of what a part gives, None if that is not known.

    Args:
        part: The part.
        width: What comes into it.
    """
    return getattr(part, 'feature_dim', None) or getattr(part, 'out_channels', None) or width
