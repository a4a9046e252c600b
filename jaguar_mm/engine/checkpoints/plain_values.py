"""What a checkpoint may hold: tensors and plain values, so that reading one never has to run code."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer

PLAIN = (type(None), bool, int, float, str, bytes)
HISTORY_METHODS = ('min', 'max', 'current', 'mean')
ORDERS = ('<', '>', '=', '|')  # of bytes
NUMBERS = ('b1', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'f2', 'f4', 'f8')  # kind and bytes of NumPy's types


def to_plain(value: Any, place: str) -> Any:
    """Return a value in the form that torch's weights-only loading takes.

    MMEngine's histories become dicts of tensors, NumPy's numbers and arrays become Python's and torch's.

    Args:
        value: Any nesting of dicts, lists and tuples.
        place: Where it stands in the checkpoint, for the message.

    Raises:
        TypeError: If it holds anything that would need code to be read back.
    """
    if isinstance(value, HistoryBuffer):
        values, counts = (torch.tensor(column, dtype=torch.float64) for column in value.data)
        return {'values': values, 'counts': counts, 'max_length': value.max_length}
    if isinstance(value, Mapping):
        return {to_plain(key, f'{place}, key {key!r}'): to_plain(value[key], f'{place}.{key}') for key in value}
    if isinstance(value, list | tuple):
        entries = [to_plain(entry, f'{place}[{index}]') for index, entry in enumerate(value)]
        return entries if isinstance(value, list) else tuple(entries)
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().as_subclass(torch.Tensor)
    if isinstance(value, np.ndarray) and value.dtype.str[1:] in NUMBERS:
        return torch.from_numpy(value.astype(value.dtype.newbyteorder('='), order='C', subok=False))
    plain = value.item() if isinstance(value, np.generic) else value
    if type(plain) not in PLAIN:  # a subclass of them would need its own code
        kind = f'NumPy array of {value.dtype}' if isinstance(value, np.ndarray) else type(value).__name__
        raise TypeError(f'{place}: a {kind} cannot be kept in a checkpoint; store tensors or plain values')
    return plain


def to_plain_weights(state: Mapping, place: str) -> OrderedDict:
    """Return a module's state in that form, with the versions of its layers, which torch keeps as an attribute."""
    weights = OrderedDict(to_plain(state, place))
    weights._metadata = OrderedDict(to_plain(getattr(state, '_metadata', {}), f'{place}._metadata'))
    return weights


def to_history(value: Any) -> Any:
    """Return the history that :func:`to_plain` took apart or MMEngine wrote; anything else as it is."""
    if isinstance(value, HistoryBuffer):
        return HistoryBuffer(*value.data, value.max_length)  # no stand-in, which nobody else could read back
    if not isinstance(value, dict):
        return value
    return HistoryBuffer(value['values'].cpu().numpy(), value['counts'].cpu().numpy(), value['max_length'])


def harmless_types() -> list[type | Callable | tuple[Callable, str]]:
    """Return what MMEngine's own checkpoints need besides tensors, for ``torch.serialization.safe_globals``.

    Stand-ins are called in place of what the file names. MMEngine's histories refer to their own methods by
    ``getattr``, which would open every door, and bring statistics into force for the whole process; NumPy trusts a file
    that tells it how its numbers lie in memory.
    """
    rebuild = [
        (stand_in, f'{package}.multiarray.{name}')
        for package in ('numpy._core', 'numpy.core')  # NumPy 2 and 1
        for name, stand_in in (('_reconstruct', _empty_array), ('scalar', _number))
    ]
    return [
        slice,
        (_method, 'builtins.getattr'),
        (_History, 'mmengine.logging.history_buffer.HistoryBuffer'),
        (_Array, 'numpy.ndarray'),
        (_NumberType, 'numpy.dtype'),
        *rebuild,
    ]


class _History(HistoryBuffer):
    """A history that takes nothing but its own columns from a file."""

    def __setstate__(self, state: dict) -> None:
        columns = (np.asarray(state[name], np.float64) for name in ('_log_history', '_count_history'))
        HistoryBuffer.__init__(self, *columns, max_length=int(state['max_length']))


class _NumberType:
    """A NumPy type of numbers as a file names it."""

    def __init__(self, code: str, *_: bool) -> None:
        self.code, self.order = code, '|'

    def __setstate__(self, state: tuple) -> None:
        self.order = state[1]

    def dtype(self) -> np.dtype:
        """Return NumPy's own type."""
        if self.order not in ORDERS or self.code not in NUMBERS:
            raise ValueError(f'asks for NumPy values of type {self.order!r} {self.code!r}, which are no numbers')
        return np.dtype(f'{self.order}{self.code}')


class _Array(np.ndarray):
    """An array whose type a file can choose, but not make."""

    def __new__(cls) -> _Array:
        return super().__new__(cls, 0)

    def __reduce__(self) -> tuple:
        return self.view(np.ndarray).__reduce__()

    def __setstate__(self, state: tuple) -> None:
        version, shape, number_type, fortran, content = state
        super().__setstate__((version, shape, number_type.dtype(), fortran, content))


def _empty_array(owner: type, shape: tuple, code: bytes) -> _Array:
    return _Array()


def _number(number_type: _NumberType, content: bytes) -> np.generic:
    return np.frombuffer(content, number_type.dtype(), count=1)[0]


def _method(owner: type, name: str) -> Callable:
    if owner is not _History or name not in HISTORY_METHODS:
        raise ValueError(f'asks for the attribute {name!r} of {owner!r}')
    return vars(HistoryBuffer)[name]
