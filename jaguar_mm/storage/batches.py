"""Long jobs cut into batches, each kept on disk until all are done, so that an interrupted job goes on where it was."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path

import numpy as np

from jaguar_mm.storage.files import write_whole
from jaguar_mm.storage.sealed import read_sealed, write_sealed

RESULT = 'result'  # what the array is called in a batch's file


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
        self.folder, self.count, self.job = folder, count, json.dumps(job, indent=1, sort_keys=True)
        record = folder / 'job.json'
        if record.is_file() and record.read_bytes() != self.job.encode():
            raise ValueError(f'{folder}: batches of another job (see job.json); remove the folder or change --out')
        write_whole(record, self.job)

    def missing(self) -> list[int]:
        """Return the batches that are not done yet; a damaged one is thrown away with a warning."""
        return [batch for batch in range(self.count) if not self._is_done(batch)]

    def keep(self, batch: int, result: np.ndarray) -> None:
        """Keep the result of one batch, an array (B, ...)."""
        write_sealed(self._path(batch), {RESULT: result}, self._owner(batch))

    def load(self, batch: int) -> np.ndarray:
        """Return the result of one batch (B, ...).

        Raises:
            ValueError: If it is damaged or not this batch's.
        """
        path = self._path(batch)
        try:
            arrays, owner = read_sealed(path)
        except ValueError as error:
            raise ValueError(f'{path}: damaged ({error}); start the job again') from error
        if owner != self._owner(batch) or arrays.keys() != {RESULT}:
            raise ValueError(f'{path}: not the result of batch {batch} of this job; start the job again')
        return arrays[RESULT]

    def joined(self) -> np.ndarray:
        """Return the results of all batches (N, ...)."""
        return np.concatenate([self.load(batch) for batch in range(self.count)])

    def discard(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder)

    def _is_done(self, batch: int) -> bool:
        path = self._path(batch)
        if not path.is_file():
            return False
        try:
            self.load(batch)
        except ValueError as error:
            warnings.warn(f'{error}; the batch is computed anew', stacklevel=3)
            path.unlink()
            return False
        return True

    def _owner(self, batch: int) -> dict[str, str]:
        """Return what marks a file as a batch of this job."""
        return {'job': self.job, 'batch': str(batch)}

    def _path(self, batch: int) -> Path:
        return self.folder / f'{batch:06d}.safetensors'
