"""Long jobs cut into batches, each kept on disk until all are done, so that an interrupted job goes on where it was."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np

from jaguar_mm.files import whole_file, write_whole


class Batches:
    """The finished batches of one job, in a folder.

    Args:
        folder: Where they are kept.
        job: What the results depend on; batches of another job are not taken for this one's.
        count: How many batches the job has.

    Raises:
        ValueError: If the folder holds batches of another job.
    """

    def __init__(self, folder: Path, job: dict, count: int) -> None:
        self.folder, self.count = folder, count
        record, text = folder / 'job.json', json.dumps(job, indent=1, sort_keys=True)
        if record.is_file() and record.read_text(encoding='utf-8') != text:
            raise ValueError(f'{folder}: batches of another job (see job.json); remove the folder or change --out')
        write_whole(record, text)

    def missing(self) -> list[int]:
        """Return the batches that are not done yet."""
        return [batch for batch in range(self.count) if not self._path(batch).is_file()]

    def keep(self, batch: int, result: np.ndarray) -> None:
        """Keep the result of one batch, an array (B, ...)."""
        with whole_file(self._path(batch)) as file:
            np.save(file, result)

    def load(self, batch: int) -> np.ndarray:
        """Return the result of one batch (B, ...)."""
        return np.load(self._path(batch))

    def joined(self) -> np.ndarray:
        """Return the results of all batches (N, ...)."""
        return np.concatenate([self.load(batch) for batch in range(self.count)])

    def discard(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder)

    def _path(self, batch: int) -> Path:
        return self.folder / f'{batch:06d}.npy'
