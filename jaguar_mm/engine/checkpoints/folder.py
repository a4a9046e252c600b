"""The checkpoints of one run in its work dir: which is the newest that is whole, and which are no longer needed."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from mmengine.logging import print_log

from jaguar_mm.engine.checkpoints.file import CheckpointError, Progress, check_checkpoint, read_progress
from jaguar_mm.storage.files import PARTIAL, write_whole

POINTER = 'last_checkpoint'  # MMEngine's name; holds the path of the newest checkpoint
NAME = re.compile(r'(epoch|iter)_(\d+)\.pth')
EARLIER = '.earlier'  # ending of a checkpoint that a new training in the same folder has set aside
NOT_TOLD = Progress(-1, -1)  # of a checkpoint that does not say how far it was


def newest_whole_checkpoint(folder: str | Path) -> Path | None:
    """Return the checkpoint that is furthest among those that are whole, None if there is none.

    Broken ones are named in a warning: those that no longer say how far they are, and those on the way there.
    Checkpoints of other tools, which never say it, come last: the one that their pointer names, then by their number.

    Args:
        folder: The work dir.
    """
    pointed, progress = _pointed(Path(folder)), {}
    for path in _checkpoints(folder):
        try:
            progress[path] = read_progress(path) or NOT_TOLD
        except (CheckpointError, OSError) as error:
            _warn_of(path, error)
    for path in sorted(progress, key=lambda path: (progress[path], path.name == pointed, _number(path)), reverse=True):
        try:
            check_checkpoint(path)
        except (CheckpointError, OSError) as error:
            _warn_of(path, error)
        else:
            return path
    return None


def point_to(path: str | Path) -> None:
    """Write the pointer to a checkpoint into its folder.

    Raises:
        CheckpointError: If it cannot be written.
    """
    pointer = Path(path).parent / POINTER
    try:
        write_whole(pointer, str(path))
    except OSError as error:
        raise CheckpointError(
            f'{pointer}: was not written ({error}), but {path} was. Make room, then go on with --resume'
        ) from error


def set_aside_further(folder: str | Path, done: int) -> list[Path]:
    """Rename checkpoints that are further than a training at its start, so that neither takes the other's place.

    They are those of an earlier training in the same folder, or were broken when this one was resumed.

    Args:
        folder: The work dir.
        done: Training steps done.

    Returns:
        Their new paths, ``<name>.pth.earlier``; a file of that name is replaced.
    """
    candidates = [*_checkpoints(folder), *Path(folder).glob('best_*.pth')]
    further = [path for path in candidates if _progress(path).iter > done]
    return [path.replace(path.with_name(f'{path.name}{EARLIER}')) for path in further]


def remove_old_checkpoints(folder: str | Path, keep: int) -> None:
    """Remove all but the furthest checkpoints; those of other tools, which do not say how far they are, stay.

    Args:
        folder: The work dir.
        keep: How many stay.
    """
    ours = [path for path in _checkpoints(folder) if _progress(path) != NOT_TOLD]
    for path in sorted(ours, key=_progress, reverse=True)[keep:]:
        path.unlink()


def remove_unfinished(folder: str | Path) -> None:
    """Remove what a process that was killed while saving a checkpoint has left."""
    for name in ('*.pth', POINTER):
        for path in Path(folder).glob(f'{name}.*{PARTIAL}'):
            path.unlink()


def _checkpoints(folder: str | Path) -> list[Path]:
    return [path for path in Path(folder).glob('*.pth') if NAME.fullmatch(path.name)]


def _number(path: Path) -> int:
    return int(NAME.fullmatch(path.name)[2])


def _progress(path: Path) -> Progress:
    try:
        return read_progress(path) or NOT_TOLD
    except (CheckpointError, OSError):
        return NOT_TOLD


def _pointed(folder: Path) -> str | None:
    """Return the file name that the pointer names; the folder may have been moved since."""
    pointer = folder / POINTER
    return Path(pointer.read_text(encoding='utf-8', errors='replace').strip()).name if pointer.is_file() else None


def _warn_of(path: Path, error: Exception) -> None:
    reason = error if isinstance(error, CheckpointError) else f'{path}: cannot be read ({error})'
    print_log(f'{reason}; trying the one before', logger='current', level=logging.WARNING)
