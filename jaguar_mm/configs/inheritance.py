"""What a variable becomes when a file that inherits it says something about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jaguar_mm.configs.settings import runner_settings

DELETE = '_delete_'  # MMEngine's word for: instead of what is inherited
Replace = Callable[[str, Any], Any]


def variables_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables among what a file sets."""
    return {name: value for name, value in settings.items() if name not in runner_settings()}


def overridden_by(settings: Mapping[str, Any], replace: Replace) -> Replace:
    """Return a replacement of variables by what a file sets that inherits them, and after that by another one."""
    given = variables_of(settings)
    return lambda name, value: replace(name, inherited(value, given[name]) if name in given else value)


def inherited(value: Any, given: Any) -> Any:
    """Return a dict that is overridden key by key by another one; anything else is replaced.

    Args:
        value: What is inherited, None if nothing.
        given: What is said about it; with the key ``_delete_`` it replaces a dict too.
    """
    if not isinstance(given, Mapping):
        return given
    given = dict(given)
    below = {} if given.pop(DELETE, False) or not isinstance(value, Mapping) else value
    return {**below, **{key: inherited(below.get(key), it) for key, it in given.items()}}
