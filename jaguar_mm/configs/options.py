"""The flag ``--cfg-options``: MMEngine's KEY=VALUE, without what it takes away from paths and names.

A value is, in this order: a Python literal that begins with a bracket or a quote; a list ``[a,b]``, a tuple ``(a,b)``
or a list without brackets ``a,b``; a number, ``True``, ``False`` or ``None``; else the text as it is, spaces included.
Quotes within the value, ``KEY="'a,b'"``, keep a text with commas whole.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Sequence
from typing import Any

from jaguar_mm.configs.error import ConfigError

NUMBER = re.compile(r'[+-]?(\d+|(\d+\.\d*|\.?\d+)(e[+-]?\d+)?|inf|nan)', re.IGNORECASE)
WORDS = {'true': True, 'false': False, 'None': None}
PAIRS = {'[': ']', '(': ')'}


class _Options(argparse.Action):
    """Collect the options of one or several flags in a dict."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, *_: Any) -> None:
        try:
            given = (getattr(namespace, self.dest) or {}) | parse_options(values)
        except ConfigError as error:
            parser.error(str(error))
        setattr(namespace, self.dest, given)


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """Add the flag ``--cfg-options``, for :func:`~jaguar_mm.configs.read_config`."""
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=_Options,
        metavar='KEY=VALUE',
        help='override settings of the config; a list is "[a,b]" or a,b, a text with commas "\'a,b\'"',
    )


def parse_options(texts: Sequence[str]) -> dict[str, Any]:
    """Return the overrides that some texts KEY=VALUE give.

    Args:
        texts: Each with the dotted key of a setting and its value.

    Raises:
        ConfigError: If one has no key.
    """
    options = {}
    for text in texts:
        key, equals, value = text.partition('=')
        if not equals or not all(key.split('.')):
            raise ConfigError(f'--cfg-options: write KEY=VALUE, not {text!r}')
        options[key] = _value(value)
    return options


def _value(text: str) -> Any:
    stripped = text.strip()
    if stripped[:1] in tuple('[({\'"'):
        try:
            return ast.literal_eval(stripped)
        except (ValueError, SyntaxError):
            pass  # words without quotes, or a name that begins so
    parts = _parts(stripped[1:-1]) if PAIRS.get(stripped[:1]) == stripped[-1:] else None
    if parts is not None:
        return (tuple if stripped[0] == '(' else list)(map(_value, parts))
    parts = _parts(text)
    return _single(text) if not parts or parts == [stripped] else list(map(_value, parts))


def _parts(text: str) -> list[str] | None:
    """Return what stands between the commas outside brackets; None if the brackets are not in pairs."""
    parts, start, depth = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign in '[(') - (sign in '])')
        if depth < 0:
            return None
        if sign == ',' and not depth:
            parts.append(text[start:place].strip())
            start = place + 1
    last = text[start:].strip()
    return None if depth else parts + [last] * bool(last)


def _single(text: str) -> Any:
    word = text.strip()
    if word in WORDS or word.lower() in ('true', 'false'):
        return WORDS.get(word, word.lower() == 'true')
    if not NUMBER.fullmatch(word) or (word.isdigit() and word != str(int(word))):  # 007 is a name
        return text
    return int(word) if re.fullmatch(r'[+-]?\d+', word) else float(word)
