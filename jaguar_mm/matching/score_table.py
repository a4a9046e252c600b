"""Scores that are kept in a table on disk, each by its own key."""

from __future__ import annotations

import sqlite3
import struct
import warnings
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from jaguar_mm.matching.kept import warn_not_kept

AT_ONCE = 500  # keys of a question
PATIENCE = 60  # seconds to wait for another process
TABLE = 'CREATE TABLE IF NOT EXISTS scores (key BLOB PRIMARY KEY, score REAL, seal INTEGER) WITHOUT ROWID'
T = TypeVar('T')


class ScoreTable:
    """An SQLite file of scores, which several processes may use. What is damaged in it counts as not there.

    A table that cannot be read is begun anew, with a warning. Where nothing can be kept there is one too, and no score
    is found again.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.usable = path, True

    def known(self, keys: Sequence[bytes]) -> dict[bytes, float]:
        """Return the scores of those keys that have one."""

        def read(table: sqlite3.Connection) -> dict[bytes, float]:
            found: dict[bytes, float] = {}
            for start in range(0, len(keys), AT_ONCE):
                asked = keys[start : start + AT_ONCE]
                places = ','.join('?' * len(asked))
                rows = table.execute(f'SELECT key, score, seal FROM scores WHERE key IN ({places})', asked)
                found |= {key: score for key, score, seal in rows if seal == _seal(key, score)}
            return found

        return self._in_one_step(read) or {}

    def keep(self, scores: Mapping[bytes, float]) -> None:
        """Keep scores, all of them or none."""
        rows = [(key, score, _seal(key, score)) for key, score in scores.items()]
        self._in_one_step(lambda table: table.executemany('INSERT OR REPLACE INTO scores VALUES (?, ?, ?)', rows))

    def _in_one_step(self, job: Callable[[sqlite3.Connection], T]) -> T | None:
        """Return what a job makes of the table; None if there cannot be one."""
        if not self.usable:
            return None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=PATIENCE)) as table, table:
                table.execute(TABLE)
                return job(table)
        except (OSError, sqlite3.OperationalError) as error:
            self.usable = False
            warn_not_kept(self.path.parent, 'scores', getattr(error, 'strerror', None) or error)
        except sqlite3.DatabaseError as error:
            warnings.warn(f'{self.path}: damaged scores ({error}); they are made anew', stacklevel=4)
            self.path.unlink(missing_ok=True)
        return None


def _seal(key: bytes, score: float) -> int:
    return zlib.crc32(key + struct.pack('<d', score))
