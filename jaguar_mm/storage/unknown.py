"""Which values of a table stand for nobody: those that are empty, and those that the user says.

Tables write an unknown animal as ``____``, ``unknown``, ``N/A`` and so on. As an identity each of these would be one
animal that looks like no other. But an animal may be called Na, and so nothing is guessed: usual spellings are refused
until the user has said what they are.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from jaguar_mm.storage.csv_gate import TableError

# letters and digits alone, in lower case; a value without any, such as '____' or '?', is usual too
USUAL = {
    *('na', 'nan', 'nat', 'none', 'null', 'nobody', 'notavailable', 'notapplicable', 'tbd'),
    *('unknown', 'unkown', 'unk', 'unidentified', 'unidentifiable', 'notidentified', 'notidentifiable', 'noid'),
    *('unnamed', 'unlabelled', 'unlabeled', 'unassigned', 'undetermined', 'undefined', 'unbekannt', 'inconnu'),
    *('inconnue', 'desconocido', 'desconocida', 'desconhecido', 'desconhecida', 'sconosciuto', 'sconosciuta'),
}
NUMBERS = ('-1',)


def spellings(unknown: str | Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the option ``unknown`` of a data set as a tuple, None if it is not set.

    Raises:
        ValueError: If it is neither a text nor a list of texts.
    """
    if unknown is None:
        return None
    given = (unknown,) if isinstance(unknown, str) else tuple(unknown)
    if not all(isinstance(value, str) for value in given):
        raise ValueError(f"dataset.unknown must be a list of texts such as ['____'], got {unknown!r}")
    return given


def known_columns(
    source: str | os.PathLike,
    columns: Mapping[str, Sequence[str | None]],
    unknown: Sequence[str] | None,
    unit: str = 'rows',
    setting: Callable[[Sequence[str]], str] = 'unknown={} in every data set that reads it'.format,
) -> dict[str, list[str | None]]:
    """Replace what stands for nobody in the columns of a table.

    Args:
        source: The table, for the message.
        columns: Name of a column to its values (N,); None or empty where there is none.
        unknown: Values that stand for nobody too, in any case; None: the user has not said.
        unit: What the values are of, for the message.
        setting: How the user says which spellings stand for nobody, for the message.

    Returns:
        Name of each column to its values (N,), None where nobody knows.

    Raises:
        TableError: If the user has not said and a usual spelling occurs.
    """
    if unknown is None:
        _refuse_usual(source, columns, unit, setting)
    nobody = {'', *(value.casefold() for value in unknown or ())}
    return {
        name: [None if (value or '').casefold() in nobody else value for value in values]
        for name, values in columns.items()
    }


def _refuse_usual(
    source: str | os.PathLike, columns: Mapping[str, Sequence[str | None]], unit: str, setting: Callable
) -> None:
    found = Counter((name, value) for name, values in columns.items() for value in values if value and _is_usual(value))
    if not found:
        return
    total = max(map(len, columns.values()))
    counted = ', '.join(f'{name} is {value!r} in {count} of {total} {unit}' for (name, value), count in found.items())
    answer = sorted({value for _, value in found})
    raise TableError(
        f'{source}: {counted}, which usually stands for nobody; if nobody knows who these are, set '
        f'{setting(answer)}, and if it is a name like any other, {setting([])}'
    )


def _is_usual(value: str) -> bool:
    letters = ''.join(filter(str.isalnum, value)).casefold()
    return not letters or letters in USUAL or value in NUMBERS
