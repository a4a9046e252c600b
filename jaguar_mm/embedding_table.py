"""Embeddings with the names of their pictures, in one file."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError, safe_open
from torch import Tensor

from jaguar_mm.files import write_whole
from jaguar_mm.retrieval import unusable_rows

FORMATS = ('.safetensors', '.npz')


@dataclass(frozen=True)
class EmbeddingTable:
    """One embedding a picture.

    Attributes:
        names: Picture names, each once (N,).
        embeddings: float32 (N, D).
        identities: Identity of each picture (N,), or None if they are not known.
    """

    names: list[str]
    embeddings: np.ndarray
    identities: list[str] | None = None

    def __post_init__(self) -> None:
        if self.embeddings.ndim != 2 or len(self.embeddings) != len(self.names):
            raise ValueError(f'{len(self.names)} names do not fit embeddings of shape {self.embeddings.shape}')
        if len(set(self.names)) != len(self.names):
            raise ValueError('a picture name comes twice')
        if self.identities is not None and len(self.identities) != len(self.names):
            raise ValueError(f'{len(self.identities)} identities do not fit {len(self.names)} names')
        check_embeddings(self.names, self.embeddings)


def check_embeddings(names: Sequence[str], embeddings: np.ndarray | Tensor) -> None:
    """Refuse embeddings (N, D) without a direction, by the names of their pictures (N,).

    Raises:
        ValueError: If a row has NaN, Inf or only zeros.
    """
    if rows := unusable_rows(embeddings):
        listed = ', '.join(names[row] for row in rows[:10])
        raise ValueError(
            f'the embeddings of {len(rows)} picture(s) have NaN, Inf or only zeros: {listed}; look at these pictures, '
            'and at the checkpoint if there are many'
        )


def check_ending(path: str | os.PathLike) -> None:
    """Raise ValueError unless the file's ending is one that :func:`save_embeddings` knows."""
    if Path(path).suffix not in FORMATS:
        raise ValueError(f'{path}: embeddings are kept in {" or ".join(FORMATS)} files; choose such a name')


def save_embeddings(path: str | os.PathLike, table: EmbeddingTable) -> None:
    """Write a table as .safetensors (names and identities as JSON in its metadata) or .npz (as arrays of text).

    Raises:
        ValueError: If the file has another ending.
    """
    check_ending(path)
    if Path(path).suffix == '.npz':
        arrays = {'embeddings': table.embeddings, 'names': np.array(table.names)}
        if table.identities is not None:
            arrays['identities'] = np.array(table.identities)
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        write_whole(path, buffer.getvalue())
        return
    metadata = {'names': json.dumps(table.names)}
    if table.identities is not None:
        metadata['identities'] = json.dumps(table.identities)
    tensors = {'embeddings': np.ascontiguousarray(table.embeddings)}
    write_whole(path, safetensors.numpy.save(tensors, metadata=metadata))


def load_embeddings(path: str | os.PathLike) -> EmbeddingTable:
    """Read a table.

    Raises:
        FileNotFoundError: If the file is absent.
        ValueError: If it is no file of embeddings.
    """
    check_ending(path)
    if not os.path.isfile(path):
        raise FileNotFoundError(f'{path}: no such file; tools/extract.py makes one')
    try:
        return _load_npz(path) if Path(path).suffix == '.npz' else _load_safetensors(path)
    except (KeyError, ValueError, SafetensorError, OSError) as error:
        raise ValueError(f'{path}: no table of embeddings ({error}); make it again with tools/extract.py') from error


def _load_npz(path: str | os.PathLike) -> EmbeddingTable:
    with np.load(path) as arrays:
        identities = arrays['identities'].tolist() if 'identities' in arrays else None
        return EmbeddingTable(arrays['names'].tolist(), arrays['embeddings'], identities)


def _load_safetensors(path: str | os.PathLike) -> EmbeddingTable:
    with safe_open(path, framework='numpy') as file:
        metadata = file.metadata() or {}
        identities = json.loads(metadata['identities']) if 'identities' in metadata else None
        return EmbeddingTable(json.loads(metadata['names']), file.get_tensor('embeddings'), identities)
