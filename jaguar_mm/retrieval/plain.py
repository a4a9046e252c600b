"""Settings that are plain values: they compare, print, and go to a dict and back, by way of JSON too."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True)
class Plain:
    """A frozen dataclass whose fields are numbers, texts, tuples of numbers, or other such values."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name, and the name of the class as ``type``."""
        values = {field.name: _plain(getattr(self, field.name)) for field in fields(self)}
        return {'type': type(self).__name__, **values}

    @classmethod
    def from_dict(cls, settings: dict[str, Any]) -> Self:
        """Return the value of one of this class's subclasses that :meth:`to_dict` described.

        Raises:
            ValueError: If there is no such type, or it has no such field.
        """
        kinds = {kind.__name__: kind for kind in _descendants(cls)}
        name = settings.get('type')
        if name not in kinds:
            raise ValueError(f'type must be one of {", ".join(kinds)}, got {name!r}')
        kind, given = kinds[name], {key: value for key, value in settings.items() if key != 'type'}
        known = [field.name for field in fields(kind)]
        for key in given:
            if key not in known:
                raise ValueError(f'{name} has no setting {key!r}, only {", ".join(known)}')
        return kind(**{key: _value(value) for key, value in given.items()})


def check_whole(kind: str, least: int, **settings: object) -> None:
    """Raise ValueError if a setting is no whole number, or a smaller one.

    Args:
        kind: Whose settings they are.
        least: The smallest that is allowed.
        **settings: The settings.
    """
    for name, value in settings.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ValueError(f'{kind}.{name} must be a whole number of at least {least}, not {value!r}')


def check_number(kind: str, least: float, **settings: object) -> None:
    """Raise ValueError if a setting is no finite number, or a smaller one; see :func:`check_whole`."""
    for name, value in settings.items():
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value < float('inf'):
            raise ValueError(f'{kind}.{name} must be a number of at least {least}, not {value!r}')


def _descendants(kind: type) -> list[type]:
    """Return a class's subclasses and theirs, or itself if it has none."""
    below: list[type] = kind.__subclasses__()
    return [leaf for child in below for leaf in _descendants(child)] if below else [kind]


def _plain(value: Any) -> Any:
    if isinstance(value, Plain):
        return value.to_dict()
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _value(plain: Any) -> Any:
    if isinstance(plain, dict):
        return Plain.from_dict(plain)
    return tuple(map(_value, plain)) if isinstance(plain, list | tuple) else plain
