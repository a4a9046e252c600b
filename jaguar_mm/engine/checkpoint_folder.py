"""The checkpoints of one run in its work dir: which is the newest that is whole, and which are no longer needed."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from mmengine.logging import print_log

from jaguar_mm.engine.checkpoint_file import CheckpointError, Progress, check_checkpoint, read_progress
from jaguar_mm.files import PARTIAL, write_whole

POINTER = 'last_checkpoint'  # MMEngine's name; holds the path of the newest checkpoint
NAME = re.compile(r'(epoch|iter)_\d+\.pth')
NOT_TOLD = Progress(-1, -1)  # of a checkpoint that does not say how far it was


def newest_whole_checkpoint(folder: str | Path) -> Path | None:
    """Return the checkpoint that is furthest among those that are whole, None if there is none.

    Each broken one on the way there is named in a warning. Checkpoints of other tools do not say how far they are; the
    one that their pointer names is taken before the rest of them.

    Args:
        folder: The work dir.
    """
    pointed = _pointed(Path(folder))
    for path in sorted(_checkpoints(folder), key=lambda path: (_progress(path), path.name == pointed), reverse=True):
        try:
            check_checkpoint(path)
        except CheckpointError as error:
            print_log(f'{error}; trying the one before', logger='current', level=logging.WARNING)
        else:
            return path
    return None


def point_to(path: str | Path) -> None:
    """Write the pointer to a checkpoint into its folder."""
    write_whole(Path(path).parent / POINTER, str(path))


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
    for path in Path(folder).glob(f'*.pth.*{PARTIAL}'):
        path.unlink()


def _checkpoints(folder: str | Path) -> list[Path]:
    return [path for path in Path(folder).glob('*.pth') if NAME.fullmatch(path.name)]


def _progress(path: Path) -> Progress:
    try:
        return read_progress(path) or NOT_TOLD
    except CheckpointError:
        return NOT_TOLD


def _pointed(folder: Path) -> str | None:
    """Return the file name that the pointer names; the folder may have been moved since."""
    pointer = folder / POINTER
    return Path(pointer.read_text(encoding='utf-8').strip()).name if pointer.is_file() else None
