"""How a checkpoint ends: with a zip comment that says how far the training was and holds a SHA-256 of all before it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
from typing import BinaryIO, NamedTuple

import torch

END_RECORD = b'PK\x05\x06'  # begins the last 22 bytes of a zip archive without a comment
COMMENT = re.compile(rb'jaguar_mm \{"iter": (\d+), "epoch": (\d+), "sha256": "([0-9a-f]{64})"\}')
LONGEST_COMMENT = 1024  # bytes
NO_COMMENT = b'\0\0'  # its length, the last bytes of the archive
PICKLE = b'\x80'  # begins a file of torch before 1.6


class CheckpointError(ValueError):
    """A checkpoint that cannot be read or written; the message names the file and says what to do."""


class Progress(NamedTuple):
    """How far the training of a checkpoint was.

    Attributes:
        iter: Training steps done.
        epoch: Whole epochs done.
    """

    iter: int
    epoch: int


class Seal(NamedTuple):
    """What a checkpoint's comment says.

    Attributes:
        progress: How far the training was.
        sha256: Checksum of the file as it was before the comment was put in, and of ``progress``.
        size: Bytes of the comment.
    """

    progress: Progress
    sha256: str
    size: int


class SealedWriter:
    """A file that is hashed on its way, and that keeps the error which torch's writer would hide.

    Args:
        file: Open for writing, seekable.
    """

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

    def seal(self, progress: Progress) -> None:
        """Put the comment in that closes the file."""
        self.sha256.update(_progress_json(progress))
        comment = b'jaguar_mm ' + json.dumps(progress._asdict() | {'sha256': self.sha256.hexdigest()}).encode()
        self.file.seek(-len(NO_COMMENT), os.SEEK_END)
        self.file.write(struct.pack('<H', len(comment)) + comment)


def read_seal(path: str | os.PathLike) -> Seal | None:
    """Return what a checkpoint's comment says, None if it is the whole file of another tool.

    Raises:
        OSError: If it cannot be read.
        CheckpointError: If its end is damaged.
    """
    with open(path, 'rb') as file:
        head = file.read(1)
        file.seek(0, os.SEEK_END)
        file.seek(-min(file.tell(), 22 + LONGEST_COMMENT), os.SEEK_END)
        tail = file.read()
    start = tail.rfind(END_RECORD)
    comment = tail[start + 22 :]
    if start >= 0 and (said := COMMENT.fullmatch(comment)):
        return Seal(Progress(int(said[1]), int(said[2])), said[3].decode(), len(comment))
    if head == PICKLE or (start >= 0 and tail[start + 20 :] == NO_COMMENT):
        return None
    raise CheckpointError(f'{path}: no checkpoint, or one whose end is missing or damaged; use another checkpoint')


def digest_under(path: str | os.PathLike, seal: Seal) -> str:
    """Return the SHA-256 of a checkpoint as it was before the comment was put in."""
    sha256, left = hashlib.sha256(), os.path.getsize(path) - seal.size - 2
    with open(path, 'rb') as file:
        while left > 0 and (block := file.read(min(left, 1 << 20))):
            sha256.update(block)
            left -= len(block)
        if file.read(2) != struct.pack('<H', seal.size):
            return 'the comment has another size'
    sha256.update(NO_COMMENT)
    sha256.update(_progress_json(seal.progress))
    return sha256.hexdigest()


def _progress_json(progress: Progress) -> bytes:
    return json.dumps(progress._asdict()).encode()
