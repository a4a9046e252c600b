"""SIGTERM and SIGINT as a wish to stop at the next good moment."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType

import torch
from mmengine.dist import all_reduce, get_world_size

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def leave_stopping_to_parent(worker_id: int) -> None:
    """Let a worker of a dataloader outlive a signal to the whole group, so that its training can stop in order.

    It still ends when its own parent terminates it. Where the system does not say who sent a signal, nothing changes.

    Args:
        worker_id: Number of the worker.
    """
    if hasattr(signal, 'sigwaitinfo'):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        threading.Thread(target=_obey_parent, daemon=True).start()


def _obey_parent() -> None:
    while signal.sigwaitinfo({signal.SIGTERM}).si_pid != os.getppid():
        pass
    os._exit(0)


class StopSignals:
    """Remember the first signal to stop; a second one ends the process at once, as it would without us."""

    def __init__(self) -> None:
        self.received = 0
        self._before: dict[int, object] = {}

    def watch(self) -> None:
        """Begin to remember signals; only the main thread can."""
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._remember) for number in SIGNALS}

    def ignore(self) -> None:
        """Give the signals back to their former handlers."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def agreed(self) -> int:
        """Return the signal that this or another process has received, 0 if none; all processes have to ask."""
        if get_world_size() == 1:
            return self.received
        received = torch.tensor(self.received)
        all_reduce(received, 'max')
        return int(received)

    def _remember(self, number: int, frame: FrameType | None) -> None:
        self.received = number
        self.ignore()
