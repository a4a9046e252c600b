"""One checkpoint as one file: written whole, with a checksum inside, and read without running anything it holds.

The file is torch's own zip archive, so ``torch.load`` reads it too, closed by a :mod:`seal
<jaguar_mm.engine.checkpoints.seal>`.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from safetensors import safe_open
from torch.serialization import add_safe_globals, clear_safe_globals, get_safe_globals

from jaguar_mm.encoders.eight_bit import in_float
from jaguar_mm.encoders.published import restore_meta
from jaguar_mm.engine.checkpoints.plain_values import harmless_types, to_history, to_plain, to_plain_weights
from jaguar_mm.engine.checkpoints.seal import CheckpointError, Progress, SealedWriter, digest_under, read_seal
from jaguar_mm.storage.files import whole_file

FOLDER = 0x10  # attribute of a member that has no content: torch would leave its memory as it is


def write_checkpoint(path: str | os.PathLike, checkpoint: dict) -> None:
    """Write a checkpoint in one step, with its checksum.

    Args:
        path: The file.
        checkpoint: With ``meta.iter`` and ``meta.epoch``; tensors, plain values, NumPy's numbers and arrays of them,
            and MMEngine's histories.

    Raises:
        CheckpointError: If it cannot be written; a file of that name stays as it was.
        TypeError: If it holds anything else.
    """
    content = {
        key: to_plain_weights(value, key) if key.endswith('state_dict') else to_plain(value, key)
        for key, value in checkpoint.items()
    }
    meta = checkpoint['meta']
    try:
        with whole_file(path) as file:
            writer = SealedWriter(file)
            writer.save(content)
            writer.seal(Progress(meta['iter'], meta['epoch']))
    except OSError as error:
        raise CheckpointError(
            f'{path}: the checkpoint was not written ({error}); earlier ones are untouched. Make room or choose '
            f'another --work-dir, then go on with --resume'
        ) from error


def read_progress(path: str | os.PathLike) -> Progress | None:
    """Return how far a checkpoint's training was, without reading it whole; None for another tool's, which do not say.

    Raises:
        OSError: If it cannot be read.
        CheckpointError: If its end is damaged.
    """
    seal = read_seal(path)
    return None if seal is None else seal.progress


def check_checkpoint(path: str | os.PathLike) -> None:
    """Compare a checkpoint with the checksum inside; one without is read instead.

    Raises:
        OSError: If it cannot be read.
        CheckpointError: If it is damaged.
    """
    seal = read_seal(path)
    if seal is None:
        read_checkpoint(path)
    elif seal.sha256 != digest_under(path, seal):
        raise CheckpointError(f'{path}: damaged, its content does not fit the checksum inside; use another checkpoint')


def read_checkpoint(path: str | os.PathLike, map_location: Any = 'cpu') -> dict:
    """Read a checkpoint (also MMEngine's own, and weights as ``.safetensors``); no code in it ever runs.

    Args:
        path: The file.
        map_location: Of ``torch.load``.

    Raises:
        FileNotFoundError: If there is no such file.
        CheckpointError: If it is damaged, or holds anything but tensors, plain values and MMEngine's histories.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f'{path}: no such checkpoint')
    try:
        if str(path).endswith('.safetensors'):
            return _read_safetensors(path, map_location)
        if read_seal(path) is not None:
            check_checkpoint(path)
        elif zipfile.is_zipfile(path):
            _check_archive(path)
        with _only_harmless_types():
            checkpoint = torch.load(path, map_location=map_location, weights_only=True)
        if not isinstance(checkpoint, dict):
            raise CheckpointError(f'{path}: holds a {type(checkpoint).__name__}, not a dict of weights')
        if 'message_hub' in checkpoint:
            scalars = checkpoint['message_hub']['log_scalars']
            checkpoint['message_hub']['log_scalars'] = {key: to_history(value) for key, value in scalars.items()}
    except CheckpointError:
        raise
    except Exception as error:  # torch raises RuntimeError, UnpicklingError, EOFError, KeyError and more
        raise CheckpointError(
            f'{path}: no checkpoint that can be trusted: it is damaged, or holds more than tensors and plain values, '
            f'which could run code ({_first_line(error)}); use another, or have its author export weights alone'
        ) from error
    return checkpoint


def _check_archive(path: str | os.PathLike) -> None:
    """Compare another tool's archive with the checksums inside, which torch does not look at."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > os.path.getsize(path):
            raise CheckpointError(f'{path}: is packed, which no checkpoint is; use another checkpoint')
        folders = [member.filename for member in members if member.is_dir() or member.external_attr & FOLDER]
        if damaged := (archive.testzip() or ', '.join(folders)):
            raise CheckpointError(f'{path}: damaged in {damaged}; use another checkpoint')


@contextmanager
def _only_harmless_types() -> Iterator[None]:
    """Let torch's weights-only loading take what we allow, whatever else this process has allowed it."""
    others = get_safe_globals()
    clear_safe_globals()
    add_safe_globals(harmless_types())
    try:
        yield
    finally:
        clear_safe_globals()
        add_safe_globals(others)


def _read_safetensors(path: str | os.PathLike, map_location: Any) -> dict:
    device = map_location if isinstance(map_location, str) else 'cpu'
    with safe_open(path, framework='pt', device=device) as file:
        weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - it is no dict
        return {'state_dict': in_float(weights), 'meta': restore_meta(file.metadata(), weights)}


def _first_line(error: Exception) -> str:
    """Return the sentence of an error that says what is wrong; torch puts advice around it."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if 'WeightsUnpickler error' in line]
    return f'{type(error).__name__}: {(telling or lines or [""])[0].strip()[:200]}'
