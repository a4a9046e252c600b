"""Embeddings with the names of their pictures, in one file that is never run and whose damage is noticed."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from jaguar_mm.files import write_whole
from jaguar_mm.retrieval import unusable_rows
from jaguar_mm.sealed_arrays import SEAL, read_sealed, seal_of, write_sealed

FORMATS = ('.safetensors', '.npz')
ARRAYS = ('embeddings', 'names', 'identities', SEAL)  # what is read of a .npz file
PACKED = {zipfile.ZIP_STORED: 1, zipfile.ZIP_DEFLATED: 1032}  # bytes that one byte of a file can hold at most
NPY_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


@dataclass(frozen=True)
class EmbeddingTable:
    """One embedding a picture.

    Attributes:
        names: Picture names, each once (N,).
        embeddings: float32 (N, D).
        identities: Identity of each picture (N,), empty where it is unknown; None if none is known.
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

    Either has a checksum of all of it.

    Raises:
        ValueError: If the file has another ending.
    """
    check_ending(path)
    embeddings = np.ascontiguousarray(table.embeddings, np.float32)
    texts = _texts(table.names, table.identities)
    if Path(path).suffix == '.safetensors':
        write_sealed(path, 'embeddings', embeddings, texts)
        return
    seal = np.array(seal_of(embeddings, texts))  # first, so that no damage can hide both it and the identities
    arrays = {SEAL: seal, 'embeddings': embeddings, 'names': np.array(table.names)}
    if table.identities is not None:
        arrays['identities'] = np.array(table.identities)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    write_whole(path, buffer.getvalue())


def load_embeddings(path: str | os.PathLike) -> EmbeddingTable:
    """Read a table; one that another program wrote needs no checksum.

    Raises:
        FileNotFoundError: If the file is absent.
        ValueError: If it is no file of embeddings, or damaged.
    """
    check_ending(path)
    if not os.path.isfile(path):
        raise FileNotFoundError(f'{path}: no such file; tools/extract.py makes one')
    try:
        return _load_npz(path) if Path(path).suffix == '.npz' else _load_safetensors(path)
    except Exception as error:  # at damaged bytes zipfile, zlib, JSON and NumPy raise a dozen kinds
        raise ValueError(f'{path}: no table of embeddings ({error}); make it again with tools/extract.py') from error


def _texts(names: list[str], identities: list[str] | None) -> dict[str, str]:
    texts = {'names': json.dumps(names)}
    return texts if identities is None else texts | {'identities': json.dumps(identities)}


def _load_safetensors(path: str | os.PathLike) -> EmbeddingTable:
    embeddings, texts, _ = read_sealed(path, 'embeddings')
    identities = json.loads(texts['identities']) if 'identities' in texts else None
    return _table(json.loads(texts['names']), embeddings, identities)


def _load_npz(path: str | os.PathLike) -> EmbeddingTable:
    with zipfile.ZipFile(path) as archive:
        members = {member.filename: member for member in archive.infolist()}
        arrays = {key: _array(archive, members[f'{key}.npy']) for key in ARRAYS if f'{key}.npy' in members}
    identities = arrays['identities'].tolist() if 'identities' in arrays else None
    names, embeddings = arrays['names'].tolist(), arrays['embeddings']
    if SEAL in arrays and arrays[SEAL].item() != seal_of(embeddings, _texts(names, identities)):
        raise ValueError('its checksum does not fit: the file is damaged')
    return _table(names, embeddings, identities)


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    """Read one array of a .npz file, whatever its header claims: from the bytes that are there, never by unpickling."""
    size = os.path.getsize(archive.filename)
    if member.compress_size > size or member.file_size > PACKED.get(member.compress_type, 0) * size:
        raise ValueError(f'{member.filename} claims {member.file_size} bytes, which such a file cannot hold')
    content = archive.read(member)
    stream = io.BytesIO(content)
    shape, by_columns, dtype = NPY_HEADERS[np.lib.format.read_magic(stream)](stream)
    return np.frombuffer(content, dtype, offset=stream.tell()).reshape(shape, order='F' if by_columns else 'C')


def _table(names: object, embeddings: np.ndarray, identities: object) -> EmbeddingTable:
    """Return what a file holds as a table, once its kinds are right."""
    for what, texts in (('names', names), ('identities', [] if identities is None else identities)):
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise ValueError(f'its {what} are no list of texts')
    if embeddings.dtype.kind != 'f':
        raise ValueError(f'its embeddings are {embeddings.dtype}, not floating-point numbers')
    embeddings = embeddings.astype(np.float32, copy=not embeddings.flags.writeable)
    return EmbeddingTable(names, embeddings, identities)
