"""Settings that are plain values: they compare, print, and go to a dict and back, by way of JSON too."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True)
class Plain:
    """A frozen dataclass whose fields are numbers, texts, tuples of numbers, or other such values."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name, and the name of the class as ``type``."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        plain = {n: v.to_dict() if isinstance(v, Plain) else list(v) if isinstance(v, tuple) else v for n, v in values.items()}
        return {'type': type(self).__name__, **plain}

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
        nested = {key: Plain.from_dict(value) if isinstance(value, dict) else value for key, value in given.items()}
        return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in nested.items()})


def _descendants(kind: type) -> list[type]:
    """Return a class's subclasses and theirs, or itself if it has none."""
    below = kind.__subclasses__()
    return [leaf for child in below for leaf in _descendants(child)] if below else [kind]
