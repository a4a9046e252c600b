"""One checkpoint as one file: written whole, with a checksum inside, and read without running anything it holds.

The file is torch's own zip archive, so ``torch.load`` reads it too. Its zip comment says how far the training was and
holds the SHA-256 of everything before it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple

import torch
from safetensors import safe_open
from torch.serialization import add_safe_globals, clear_safe_globals, get_safe_globals

from jaguar_mm.engine.plain_values import harmless_types, to_history, to_plain, to_plain_weights
from jaguar_mm.files import whole_file

END_RECORD = b'PK\x05\x06'  # begins the last 22 bytes of a zip archive without a comment
COMMENT = re.compile(rb'jaguar_mm \{"iter": (\d+), "epoch": (\d+), "sha256": "([0-9a-f]{64})"\}')
LONGEST_COMMENT = 1024  # bytes
NO_COMMENT = b'\0\0'  # its length, the last bytes of the archive
FOLDER = 0x10  # attribute of a member that has no content: torch would leave its memory as it is
PICKLE = b'\x80'  # begins a file of torch before 1.6


class CheckpointError(RuntimeError):
    """A checkpoint that cannot be read or written; the message names the file and says what to do."""


class Progress(NamedTuple):
    """How far the training of a checkpoint was.

    Attributes:
        iter: Training steps done.
        epoch: Whole epochs done.
    """

    iter: int
    epoch: int


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
            digested = _Digested(file)
            digested.save(content)
            comment = digested.signed(Progress(meta['iter'], meta['epoch']))
            file.seek(-2, os.SEEK_END)
            file.write(struct.pack('<H', len(comment)) + comment)
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
    comment = _read_comment(path)
    return None if comment is None else comment.progress


def check_checkpoint(path: str | os.PathLike) -> None:
    """Compare a checkpoint with the checksum inside; one without is read instead.

    Raises:
        OSError: If it cannot be read.
        CheckpointError: If it is damaged.
    """
    comment = _read_comment(path)
    if comment is None:
        read_checkpoint(path)
    elif comment.sha256 != _digest(path, comment):
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
        if _read_comment(path) is not None:
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


class _Comment(NamedTuple):
    progress: Progress
    sha256: str
    size: int  # bytes of the comment


class _Digested:
    """A file that is hashed on its way, and that keeps the error which torch's writer would hide."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.sha256, self.error = file, hashlib.sha256(), None

    def save(self, content: dict) -> None:
        """Write with torch.save."""
        try:
            torch.save(content, self)
        except RuntimeError as error:
            raise self.error or error from None

    def write(self, data: bytes) -> int:
        """Write and hash; torch calls this."""
        try:
            self.file.write(data)
        except OSError as error:
            self.error = error
            raise
        self.sha256.update(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing; torch calls this."""

    def signed(self, progress: Progress) -> bytes:
        """Return the comment that closes the file."""
        said = _progress_json(progress)
        self.sha256.update(said)
        return b'jaguar_mm ' + json.dumps(progress._asdict() | {'sha256': self.sha256.hexdigest()}).encode()


def _progress_json(progress: Progress) -> bytes:
    return json.dumps(progress._asdict()).encode()


def _read_comment(path: str | os.PathLike) -> _Comment | None:
    """Return what a checkpoint's comment says, None if it is the whole file of another tool."""
    with open(path, 'rb') as file:
        head = file.read(1)
        file.seek(0, os.SEEK_END)
        file.seek(-min(file.tell(), 22 + LONGEST_COMMENT), os.SEEK_END)
        tail = file.read()
    start = tail.rfind(END_RECORD)
    comment = tail[start + 22 :]
    if start >= 0 and (said := COMMENT.fullmatch(comment)):
        return _Comment(Progress(int(said[1]), int(said[2])), said[3].decode(), len(comment))
    if head == PICKLE or (start >= 0 and tail[start + 20 :] == NO_COMMENT):
        return None
    raise CheckpointError(f'{path}: no checkpoint, or one whose end is missing or damaged; use another checkpoint')


def _digest(path: str | os.PathLike, comment: _Comment) -> str:
    """Return the SHA-256 of a checkpoint as it was before the comment was put in."""
    sha256, left = hashlib.sha256(), os.path.getsize(path) - comment.size - 2
    with open(path, 'rb') as file:
        while left > 0 and (block := file.read(min(left, 1 << 20))):
            sha256.update(block)
            left -= len(block)
        if file.read(2) != struct.pack('<H', comment.size):
            return 'the comment has another size'
    sha256.update(NO_COMMENT)
    sha256.update(_progress_json(comment.progress))
    return sha256.hexdigest()


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
        return {'state_dict': weights, 'meta': file.metadata() or {}}


def _first_line(error: Exception) -> str:
    """Return the sentence of an error that says what is wrong; torch puts advice around it."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if 'WeightsUnpickler error' in line]
    return f'{type(error).__name__}: {(telling or lines or [""])[0].strip()[:200]}'
