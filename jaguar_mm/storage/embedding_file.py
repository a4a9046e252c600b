"""One file a set of embeddings, sealed, and plain tables of it for other programs.

A ``.safetensors`` file holds the embeddings as ``vectors``, each view's as ``view.NAME``, and the names and columns of
the images as JSON in the array ``table`` (a header of safetensors has room for fewer). Its header names the encoder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from jaguar_mm.storage.embedding_set import EmbeddingSet, Value
from jaguar_mm.storage.files import csv_lines, whole_file
from jaguar_mm.storage.fingerprint import EncoderFingerprint
from jaguar_mm.storage.sealed import read_sealed, write_sealed

ENDING = '.safetensors'
KIND = 'jaguar_mm embeddings, version 2'
VIEW = 'view.'
TABLE_ENDINGS = ('.csv', '.parquet')


def save_embeddings(path: str | os.PathLike, embeddings: EmbeddingSet) -> None:
    """Write a set whole, or not at all.

    Raises:
        ValueError: If the file does not end in ``.safetensors``.
    """
    check_ending(path)
    table = {'names': list(embeddings.names), 'columns': {name: list(v) for name, v in embeddings.columns.items()}}
    arrays: dict[str, np.ndarray] = {
        'vectors': np.asarray(embeddings.vectors, np.float32),
        'table': np.frombuffer(json.dumps(table, ensure_ascii=False, default=_plain).encode(), np.uint8),
        **{f'{VIEW}{name}': np.asarray(rows, np.float32) for name, rows in embeddings.views.items()},
    }
    texts = {'kind': KIND} | ({'encoder': embeddings.encoder.to_json()} if embeddings.encoder else {})
    write_sealed(path, arrays, texts)


def load_embeddings(path: str | os.PathLike) -> EmbeddingSet:
    """Read a set.

    Raises:
        FileNotFoundError: If the file is absent.
        ValueError: If it is no file of embeddings, or damaged.
    """
    check_ending(path)
    if not os.path.isfile(path):
        raise FileNotFoundError(f'{path}: no such file; jaguar-mm embed makes one')
    try:
        return _load(path)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f'{path}: no file of embeddings ({error}); make it again with jaguar-mm embed') from error


def check_ending(path: str | os.PathLike) -> None:
    """Raise ValueError unless the file is named as files of embeddings are."""
    if Path(path).suffix != ENDING:
        raise ValueError(f'{path}: embeddings are kept in {ENDING} files; choose such a name')


def write_table(path: str | os.PathLike, embeddings: EmbeddingSet) -> None:
    """Write names, columns and embeddings (columns ``v0``, ``v1``, ...) as CSV, or as Parquet by pandas.

    Raises:
        ValueError: If the file has neither ending, or pandas is not there.
    """
    ending = Path(path).suffix
    if ending not in TABLE_ENDINGS:
        raise ValueError(f'{path}: a table is written as {" or ".join(TABLE_ENDINGS)}; choose such a name')
    if ending == '.parquet':
        _write_parquet(path, embeddings)
        return
    with whole_file(path) as file:
        file.writelines(line.encode() for line in csv_lines(_rows(embeddings)))


def _load(path: str | os.PathLike) -> EmbeddingSet:
    arrays, texts = read_sealed(path)
    if texts.get('kind') != KIND:
        raise ValueError(f'it is {texts.get("kind")!r}, not {KIND!r}')
    table = json.loads(arrays['table'].tobytes())
    if not all(isinstance(name, str) for name in table['names']):
        raise ValueError('its names are no texts')
    if arrays['vectors'].dtype != np.float32:
        raise ValueError(f'its embeddings are {arrays["vectors"].dtype}, not float32')
    encoder = EncoderFingerprint.from_json(texts['encoder']) if 'encoder' in texts else None
    views = {name.removeprefix(VIEW): rows for name, rows in arrays.items() if name.startswith(VIEW)}
    return EmbeddingSet(table['names'], arrays['vectors'], table['columns'], views, encoder)


def _plain(value: object) -> Value:
    """Return a NumPy number as one of Python's."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f'a column holds {value!r}, a {type(value).__name__}; columns hold texts and numbers')


def _rows(embeddings: EmbeddingSet) -> Iterator[list[Value]]:
    """Yield the header and a row for each image."""
    yield ['name', *embeddings.columns, *(f'v{place}' for place in range(embeddings.width))]
    columns = list(embeddings.columns.values())
    for place, (name, vector) in enumerate(zip(embeddings.names, embeddings.vectors, strict=True)):
        yield [name, *(values[place] for values in columns), *map(repr, vector.tolist())]


def _write_parquet(path: str | os.PathLike, embeddings: EmbeddingSet) -> None:
    try:
        import pandas
    except ImportError as error:
        raise ValueError(f'{path}: Parquet needs pandas and pyarrow; install them, or choose a .csv file') from error
    vectors = {f'v{place}': embeddings.vectors[:, place] for place in range(embeddings.width)}
    frame = pandas.DataFrame({'name': embeddings.names, **embeddings.columns, **vectors})
    with whole_file(path) as file:
        frame.to_parquet(file, index=False)
