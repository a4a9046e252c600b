"""What overrides do to variables and settings, and which of them cannot be meant."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from mmengine.config import Config

from jaguar_mm.configs.error import ConfigError

ALIKE = 0.85  # so near is a new key to an old one that it is taken for a slip


class Variables:
    """Overrides of variables, applied where the files set them.

    Args:
        options: Dotted key to value; the first part is the variable.
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = dict(options)
        self.names = list(dict.fromkeys(key.split('.')[0] for key in options))
        self._misfits: dict[str, ConfigError | None] = {}  # what the last try to replace a variable gave

    def replace(self, name: str, value: Any) -> Any:
        """Return what a variable becomes; one that the override does not fit, perhaps a base's, stays."""
        options = {key: given for key, given in self.options.items() if key.split('.')[0] == name}
        if not options:
            return value
        holder = Config({name: value})
        try:
            check_settings(holder, options)
        except ConfigError as error:
            self._misfits[name] = error
            return value
        holder.merge_from_dict(options)
        self._misfits[name] = None
        return holder[name]

    def check_fit(self, name: str) -> None:
        """Raise the error of a variable whose last value the override did not fit."""
        if error := self._misfits.get(name):
            raise error

    def without(self, name: str) -> Variables:
        """Return the overrides of all other variables."""
        return Variables({key: value for key, value in self.options.items() if key.split('.')[0] != name})


def check_settings(cfg: Config, options: Mapping[str, Any]) -> None:
    """Refuse overrides that do not fit what they override.

    A new argument of a component, or a new dict of arguments, is taken; whoever is built from it knows whether there is
    such an argument. A new key in a dict that nothing is built from is refused if it is nearly one of those there.

    Args:
        cfg: The config.
        options: Dotted key to value.

    Raises:
        ConfigError: If one does not fit; the message says why.
    """
    for key in options:
        _check(cfg, key, key.split('.'))


def _check(held: Any, key: str, parts: list[str]) -> None:
    for depth, part in enumerate(parts):
        here = '.'.join(parts[:depth])
        if isinstance(held, list):
            if not part.isdecimal() or int(part) >= len(held):
                raise ConfigError(f'--cfg-options {key}: {here} is a list; its steps are 0 to {len(held) - 1}')
            held = held[int(part)]
        elif not isinstance(held, Mapping | Config):
            raise ConfigError(
                f'--cfg-options {key}: {here} is {held!r} and has no settings; give it as a whole, {here}="{{...}}"'
            )
        elif part in held:
            held = held[part]
        else:
            if depth and (depth + 1 < len(parts) or 'type' not in held) and (slip := near(part, held.keys())):
                raise ConfigError(f'--cfg-options {key}: {here} has no {part}{slip}')
            return


def near(name: str, names: Collection[str], alike: float = ALIKE) -> str:
    """Return a question for the name that was perhaps meant; nothing if none is near."""
    found = get_close_matches(name, sorted(map(str, names)), 1, alike)
    return f'; {found[0]} perhaps?' if found else ''
