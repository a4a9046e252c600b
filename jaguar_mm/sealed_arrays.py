"""One array and some texts in a .safetensors file, sealed: damage is noticed, and nothing in the file is ever run."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError, safe_open

from jaguar_mm.files import write_whole

SEAL = 'jaguar_mm.sha256'


def seal_of(array: np.ndarray, texts: Mapping[str, str]) -> str:
    """Return the SHA-256 of an array's type, shape and values, and of the texts that go with it."""
    described = json.dumps([array.dtype.str, array.shape, sorted(texts.items())])
    digest = hashlib.sha256(described.encode())
    digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()


def write_sealed(path: str | os.PathLike, name: str, array: np.ndarray, texts: Mapping[str, str]) -> None:
    """Write an array and texts in one step.

    Args:
        path: The file.
        name: What the array is called in it.
        array: Numbers, of any shape.
        texts: Kept in the file's metadata.
    """
    metadata = {**texts, SEAL: seal_of(array, texts)}
    write_whole(path, safetensors.numpy.save({name: np.ascontiguousarray(array)}, metadata=metadata))


def read_sealed(path: str | os.PathLike, name: str) -> tuple[np.ndarray, dict[str, str], bool]:
    """Read an array and texts.

    Args:
        path: The file.
        name: What the array is called in it.

    Returns:
        The array, the texts, and whether they were sealed; files of other programs are not.

    Raises:
        ValueError: If it is no such file, or the seal does not fit; the caller names the file.
    """
    try:
        with safe_open(path, framework='numpy') as file:
            texts, array = file.metadata() or {}, file.get_tensor(name)
    except (SafetensorError, OSError, TypeError, AttributeError) as error:  # the last two: numbers NumPy does not have
        raise ValueError(str(error)) from error
    seal = texts.pop(SEAL, None)
    if seal not in (None, seal_of(array, texts)):
        raise ValueError('its checksum does not fit: the file is damaged')
    return array, texts, seal is not None
