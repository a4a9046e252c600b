"""A folder belongs to one process at a time."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import BinaryIO


def locked(path: Path) -> BinaryIO:
    """Open a file that other processes cannot open so, until it is closed or this process ends, however it ends.

    The lock is that of POSIX, which knows processes: this one is never shut out by itself. Where there is none, as on
    Windows and on some network disks, nothing is locked.

    Args:
        path: The file, in the folder to be locked.

    Raises:
        ValueError: If another process has locked it.
    """
    file = open(path, 'ab')  # noqa: SIM115, it is closed with what it stands for
    try:
        import fcntl

        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        pass
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN):
            file.close()
            raise ValueError(
                f'{path.parent}: another call is at work there; wait until it is done, or change --out'
            ) from error
    return file
