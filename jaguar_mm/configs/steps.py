"""Named steps: pipelines, stages and necks as a dict, so that files and options override a step by its name.

``train_pipeline = dict(load=dict(type='LoadRGBA'), flip=dict(type='RandomFlip', prob=0.5))`` is a list of two steps for
whoever is built from it. A file that inherits it says ``train_pipeline = dict(flip=dict(prob=0.3))``; None instead of a
step leaves it out, and a new one says behind which it comes: ``blur=dict(type='GaussianBlur', after='flip')``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mmengine.config import Config

from jaguar_mm.configs.error import ConfigError
from jaguar_mm.configs.overrides import near

LISTS = re.compile(r'(.*\.)?((\w+_)?(pipeline|stages)|model\.neck)')  # keys whose values may be named steps
AFTER = 'after'
LAST = 'PackInputs'  # nothing comes behind it


def with_lists(settings: Any, key: str = '') -> Any:
    """Return settings with lists in the place of named steps.

    Args:
        settings: A nesting of dicts and lists.
        key: Where it stands, for messages.

    Raises:
        ConfigError: If a step has no type or no place.
    """
    if isinstance(settings, Mapping):
        steps = _in_order(settings, key) if _are_steps(key, settings) else None
        parts = settings if steps is None else steps
        listed = {name: with_lists(it, f'{key}.{name}' if key else str(name)) for name, it in parts.items()}
        return listed if steps is None else list(listed.values())
    if isinstance(settings, list | tuple):
        return type(settings)(with_lists(it, f'{key}.{place}') for place, it in enumerate(settings))
    return settings


def speaks_of_steps(cfg: Config, key: str) -> bool:
    """Return whether the dotted key of an override leads to named steps or into them."""
    held: Any = cfg
    parts = key.split('.')
    for depth, part in enumerate(parts, start=1):
        if isinstance(held, list | tuple) and part.isdecimal() and int(part) < len(held):
            held = held[int(part)]
        elif isinstance(held, Mapping | Config) and part in held:
            held = held[part]
        else:
            return False
        if _are_steps('.'.join(parts[:depth]), held):
            return True
    return False


def _are_steps(key: str, value: Any) -> bool:
    return isinstance(value, Mapping) and 'type' not in value and bool(LISTS.fullmatch(key))


def _in_order(steps: Mapping[str, Any], key: str) -> dict[str, dict]:
    """Return the steps that are there, in order and without saying behind which they come."""
    behind: dict[str | None, list[str]] = {None: []}
    for name, step in steps.items():
        if step is not None and not (isinstance(step, Mapping) and 'type' in step):
            others = [other for other in steps if other != name]
            meant = near(name, others) or f'; its steps are {", ".join(others)}'
            raise ConfigError(f'{key}.{name} has no type and is no step{meant}')
        behind.setdefault((step or {}).get(AFTER), []).append(name)
    order = list(_behind(None, behind))
    if lost := [name for name in steps if name not in order]:
        after = steps[lost[0]][AFTER]
        raise ConfigError(f'{key}.{lost[0]}.{AFTER} is {after!r}; it has to be one of {", ".join(order)}')
    found = {name: {k: it for k, it in steps[name].items() if k != AFTER} for name in order if steps[name] is not None}
    if late := [name for name, step in list(found.items())[:-1] if str(step['type']).rpartition('.')[2] == LAST]:
        first, *_, last = found
        raise ConfigError(f'{key}.{last} comes behind {late[0]}; say where it belongs: {AFTER}={first!r}')
    return found


def _behind(name: str | None, behind: Mapping[str | None, list[str]]) -> Iterator[str]:
    """Yield the steps that come behind one, each followed by those behind it."""
    for follower in behind.get(name, ()):
        yield follower
        yield from _behind(follower, behind)
