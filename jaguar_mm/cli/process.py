"""Verbs that run other verbs, each as a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys

from rich.console import Console


def run_verb(verb: str, *arguments: str) -> None:
    """Run a verb, its output shown as it comes; hand on signals to stop, and stop with it.

    Args:
        verb: Its name.
        *arguments: Its flags.

    Raises:
        SystemExit: If it fails, with its exit code.
    """
    Console().rule(f'jaguar-mm {verb} {" ".join(arguments)}')
    command = [sys.executable, '-m', 'jaguar_mm.cli', verb, *arguments]
    with subprocess.Popen(command, start_new_session=True) as process:  # so that it gets every signal once
        before = {
            number: signal.signal(number, lambda number, _: process.send_signal(number))
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        status = process.wait()
        for number, handler in before.items():
            signal.signal(number, handler)
    if status:
        raise SystemExit(status if status > 0 else 128 - status)
