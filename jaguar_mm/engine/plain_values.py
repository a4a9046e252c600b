"""What a checkpoint may hold: tensors and plain values, so that reading one never has to run code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer

HISTORY_METHODS = ('min', 'max', 'current', 'mean')
DTYPES = ('float32', 'float64', 'int32', 'int64', 'uint32', 'bool')


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
        return {key: to_plain(entry, f'{place}.{key}') for key, entry in value.items()}
    if isinstance(value, list | tuple):
        entries = [to_plain(entry, f'{place}[{index}]') for index, entry in enumerate(value)]
        return entries if isinstance(value, list) else tuple(entries)
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.copy())
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, torch.Tensor):
        return value.detach().cpu()
    if value is None or isinstance(value, str | bytes | bool | int | float):
        return value
    raise TypeError(f'{place}: a {type(value).__name__} cannot be kept in a checkpoint; store tensors or plain values')


def to_history(value: dict | HistoryBuffer) -> HistoryBuffer:
    """Return the history that :func:`to_plain` took apart."""
    if isinstance(value, HistoryBuffer):
        return value
    return HistoryBuffer(value['values'].cpu().numpy(), value['counts'].cpu().numpy(), value['max_length'])


def harmless_types() -> list[type | Callable | tuple[Callable, str]]:
    """Return what MMEngine's own checkpoints need besides tensors, for ``torch.serialization.safe_globals``.

    Their histories refer to their own methods by ``getattr``, which would open every door; a stand-in of that name
    gives those four methods and nothing else.
    """
    array = np._core.multiarray
    dtypes = [type(np.dtype(name)) for name in DTYPES]
    return [
        HistoryBuffer,
        np.ndarray,
        np.dtype,
        array._reconstruct,
        array.scalar,
        *dtypes,
        (_method, 'builtins.getattr'),
    ]


def _method(owner: type, name: str) -> Callable:
    if owner is not HistoryBuffer or name not in HISTORY_METHODS:
        raise ValueError(f'asks for the attribute {name!r} of {owner!r}')
    return vars(HistoryBuffer)[name]
