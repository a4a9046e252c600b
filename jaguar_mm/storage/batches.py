"""Long jobs cut into batches, each kept on disk until all are done, so that an interrupted job goes on where it was."""

from __future__ import annotations

import json
import shutil
import warnings
import weakref
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from jaguar_mm.storage.files import write_whole
from jaguar_mm.storage.lock import locked
from jaguar_mm.storage.sealed import read_sealed, write_sealed

RESULT = 'result'  # what the array is called in a batch's file
UNUSABLE = 'unusable'


class Batches:
    """The finished batches of one job, in a folder that is locked as long as this object lives.

    Args:
        folder: Where they are kept.
        job: What the results depend on; batches of another job are not taken for this one's.
        count: How many batches the job has.

    Raises:
        ValueError: If the folder holds batches of another job, or another process is at work in it.
    """

    def __init__(self, folder: Path, job: dict, count: int) -> None:
        self.folder, self.count, self.job = folder, count, json.dumps(job, indent=1, sort_keys=True)
        folder.mkdir(parents=True, exist_ok=True)
        self.lock = locked(folder / 'lock')
        weakref.finalize(self, self.lock.close)
        record = folder / 'job.json'
        if record.is_file() and record.read_bytes() != self.job.encode():
            raise ValueError(f'{folder}: batches of another job (see job.json); remove the folder or change --out')
        write_whole(record, self.job)

    def missing(self) -> list[int]:
        """Return the batches that are not done yet; a damaged one is thrown away with a warning."""
        return [batch for batch in range(self.count) if not self._is_done(batch)]

    def keep(self, batch: int, result: np.ndarray, unusable: Mapping[int, str] | None = None) -> None:
        """Keep the result of one batch.

        Args:
            batch: Its number.
            result: An array (B, ...).
            unusable: Places in the batch that have no result, with the reason.
        """
        texts = {UNUSABLE: json.dumps(unusable)} if unusable else {}
        write_sealed(self._path(batch), {RESULT: result}, self._owner(batch) | texts)

    def load(self, batch: int) -> np.ndarray:
        """Return the result of one batch (B, ...).

        Raises:
            ValueError: If it is damaged or not this batch's.
        """
        return self._read(batch)[0]

    def unusable(self, batch: int) -> dict[int, str]:
        """Return the places in one batch that have no result, with the reason; for errors see :meth:`load`."""
        return {int(place): reason for place, reason in json.loads(self._read(batch)[1]).items()}

    def joined(self) -> np.ndarray:
        """Return the results of all batches (N, ...).

        Raises:
            ValueError: If there are none, see also :meth:`load`.
        """
        results = [result for result in map(self.load, range(self.count)) if len(result)]
        if not results:
            raise ValueError(f'{self.folder}: no result, as nothing could be used')
        return np.concatenate(results)

    def discard(self) -> None:
        """Remove the folder."""
        self.lock.close()  # some disks keep a folder in which a file is open
        shutil.rmtree(self.folder)

    def _read(self, batch: int) -> tuple[np.ndarray, str]:
        """Return the result of one batch and, as JSON, what it lacks."""
        path = self._path(batch)
        try:
            arrays, owner = read_sealed(path)
        except ValueError as error:
            raise ValueError(f'{path}: damaged ({error}); start the job again') from error
        unusable = owner.pop(UNUSABLE, '{}')
        if owner != self._owner(batch) or arrays.keys() != {RESULT}:
            raise ValueError(f'{path}: not the result of batch {batch} of this job; start the job again')
        return arrays[RESULT], unusable

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
