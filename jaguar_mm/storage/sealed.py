"""Arrays and some texts in one .safetensors file, sealed: damage is noticed, and nothing in the file is ever run."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError, safe_open

from jaguar_mm.storage.files import whole_file

SEAL = 'jaguar_mm.sha256'
LENGTH = 8  # bytes that tell how long the header is


class Sealed(NamedTuple):
    """What a file holds.

    Attributes:
        arrays: Name to numbers, of any shape.
        texts: Name to text.
    """

    arrays: dict[str, np.ndarray]
    texts: dict[str, str]


def write_sealed(path: str | os.PathLike, arrays: Mapping[str, np.ndarray], texts: Mapping[str, str]) -> None:
    """Write arrays and texts in one step; what is equal is written as the same bytes.

    Args:
        path: The file.
        arrays: Name to numbers, of any shape.
        texts: Name to text; kept in the file's header, so let them be short.
    """
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    write_in_order(path, safetensors.numpy.save(whole, metadata={**texts, SEAL: _seal_of(whole, texts)}))


def write_in_order(path: str | os.PathLike, content: bytes) -> None:
    """Write the content of a .safetensors file in one step, the keys of its header sorted: they come in random order.

    Args:
        path: The file.
        content: Eight bytes with the header's length, the header as JSON, and the numbers.
    """
    end = LENGTH + int.from_bytes(content[:LENGTH], 'little')
    header = json.dumps(json.loads(content[LENGTH:end]), sort_keys=True, separators=(',', ':'), ensure_ascii=False)
    padded = header.encode()
    padded += b' ' * (-len(padded) % LENGTH)  # so that the numbers begin where a processor reads them fast
    with whole_file(path) as file:
        file.write(len(padded).to_bytes(LENGTH, 'little') + padded)
        file.write(memoryview(content)[end:])


def read_sealed(path: str | os.PathLike) -> Sealed:
    """Read arrays and texts.

    Args:
        path: The file.

    Raises:
        ValueError: If it is no such file, has no seal, or the seal does not fit; the caller names the file.
    """
    try:
        with safe_open(path, framework='numpy') as file:
            texts = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, it is no dict
    except (SafetensorError, OSError, TypeError, AttributeError) as error:  # the last two: numbers NumPy does not have
        raise ValueError(str(error)) from error
    seal = texts.pop(SEAL, None)
    if seal is None:
        raise ValueError('it has no checksum, so another program wrote it')
    if seal != _seal_of(arrays, texts):
        raise ValueError('its checksum does not fit: the file is damaged')
    return Sealed(arrays, texts)


def _seal_of(arrays: Mapping[str, np.ndarray], texts: Mapping[str, str]) -> str:
    """Return the SHA-256 of names, types, shapes and values of arrays, and of the texts that go with them."""
    names = sorted(arrays)
    described = [(name, arrays[name].dtype.str, arrays[name].shape) for name in names]
    digest = hashlib.sha256(json.dumps([described, sorted(texts.items())]).encode())
    for name in names:
        digest.update(np.ascontiguousarray(arrays[name]).data)
    return digest.hexdigest()
