"""Which content a path had when it was last read, so that a file is not read again only to learn its digest.

A file is taken to be unchanged if its path, inode, size and both times (of its content and of its inode) are those on
record. No program can set the latter time, so that a file that was replaced, edited or given back its old date is read
again. What changed within the last seconds is not put on record: a second change within the same tick of the clock
would not show.

The record is a text file, one JSON list a line. Lines are only appended, each in one step, so that processes share it
without locks; a line that is torn, damaged or out of date costs one more reading of that file.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Collection, Mapping
from pathlib import Path

from jaguar_mm.storage.files import write_whole

SETTLED = 2.0  # seconds
State = tuple[int, int, int, int]  # inode, size, time of the content and of the inode in ns


def state_of(path: str | os.PathLike) -> State | None:
    """Return what tells whether a file has changed, None if it cannot be looked at."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


class Sources:
    """The record.

    Args:
        path: The text file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._digests: dict[str, tuple[State, str]] = {}
        self._read = 0  # bytes of the file

    def digest(self, path: str | os.PathLike) -> str | None:
        """Return the digest of a file that is unchanged since it was recorded, else None."""
        place, state = os.path.abspath(path), state_of(path)
        if self._digests.get(place, (None,))[0] != state:
            self._catch_up()
        known, digest = self._digests.get(place, (None, ''))
        return digest if known and known == state else None

    def record(self, path: str | os.PathLike, state: State | None, digest: str) -> None:
        """Put a digest on record, unless the file has only just changed.

        Args:
            path: The file that was read.
            state: Its state before it was read.
            digest: The digest of what was read.

        Raises:
            OSError: If the record cannot be written.
        """
        if state is None or time.time() - max(state[2:]) / 1e9 < SETTLED:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path, 'ab', buffering=0) as file:
            file.write(_line(os.path.abspath(path), state, digest))

    def keep_only(self, paths: Collection[str]) -> None:
        """Write the record anew with the digests of these files alone."""
        self._catch_up()
        places = set(map(os.path.abspath, paths))
        kept = [_line(place, *known) for place, known in self._digests.items() if place in places]
        write_whole(self.path, b''.join(kept))

    def _catch_up(self) -> None:
        """Read what was appended since the last time."""
        try:
            with open(self.path, 'rb') as file:
                if os.fstat(file.fileno()).st_size < self._read:
                    self._read = 0  # written anew
                file.seek(self._read)
                lines = file.read().split(b'\n')
        except (FileNotFoundError, NotADirectoryError):
            return
        for line in lines[:-1]:  # behind the last line feed is nothing, or a line being written
            self._digests.update(_parsed(line))
            self._read += len(line) + 1


def _line(path: str, state: State, digest: str) -> bytes:
    return b'\n' + json.dumps([path, *state, digest]).encode() + b'\n'  # the first ends a torn line before it


def _parsed(line: bytes) -> Mapping[str, tuple[State, str]]:
    """Return path, state and digest of a line, nothing if it is damaged."""
    try:
        path, *state, digest = json.loads(line)
        return {str(path): (tuple(state), bytes.fromhex(digest).hex())} if len(state) == 4 else {}
    except (ValueError, TypeError, RecursionError):
        return {}
