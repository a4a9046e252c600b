"""Writing files so that a reader sees the old one or the new one, never half of either; and telling files apart."""

from __future__ import annotations

import csv
import errno
import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

QUOTED = re.compile('[",\r\n]')  # what a field of a CSV file is quoted for
PARTIAL = '.partial'  # ending of a file that is being written; a killed process leaves it behind


@contextmanager
def whole_file(path: str | os.PathLike) -> Iterator[BinaryIO]:
    """Open a file beside the target for writing; on leaving it is moved there, after an error it is removed.

    The content is on the disk before the name points to it, and the name before this returns, so that a power cut
    leaves the old file or the new one too.

    Args:
        path: The file to write; folders are made as needed.

    Yields:
        The open file.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f'{path.name}.{secrets.token_hex(8)}{PARTIAL}')  # nobody else's, on any machine
    try:
        with open(partial, 'wb') as file:
            yield file
        _sync(partial)
        os.replace(partial, path)
        _sync(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def write_whole(path: str | os.PathLike, content: str | bytes) -> Path:
    """Write a file in one step, see :func:`whole_file`.

    Args:
        path: The file to write.
        content: Text (written as UTF-8) or bytes.

    Returns:
        The path written.
    """
    with whole_file(path) as file:
        file.write(content.encode('utf-8') if isinstance(content, str) else content)
    return Path(path)


def csv_text(header: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV text whose lines end in a line feed, see :func:`csv_lines`."""
    return ''.join(csv_lines([header, *rows]))


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield rows as lines of CSV text that end in a line feed.

    Every value reads back as it was: what has commas, quotes or line breaks in it is quoted, all else is left alone.
    Numbers keep every digit; None becomes empty.
    """
    return map(csv.writer(_Lines()).writerow, rows)


def csv_fields(texts: Sequence[str]) -> Sequence[str]:
    """Return texts as fields of CSV text, quoted as :func:`csv_lines` does; where none needs it they cost nothing."""
    if not QUOTED.search(''.join(texts)):
        return texts
    return [next(csv_lines([[text, '']]))[:-2] for text in texts]


class _Lines:
    """A file for :mod:`csv`, whose writer returns what ``write`` does.

    The writer itself ends its lines in CRLF, as it quotes only those line breaks that its own have in them.
    """

    def write(self, line: str) -> str:
        return f'{line[:-2]}\n'


def file_digest(path: str | os.PathLike) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()


def _sync(path: Path) -> None:
    """Bring a file's content, or a folder's names, to the disk; not every file system knows that of folders."""
    if os.name == 'posix':
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if not (path.is_dir() and error.errno in (errno.EINVAL, errno.ENOTSUP)):
                raise
        finally:
            os.close(descriptor)
