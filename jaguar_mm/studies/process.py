"""Verbs as processes of their own that need not import everything anew: each is forked from one that has."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

CONTEXT = get_context('forkserver')
CONTEXT.set_forkserver_preload(['jaguar_mm.cli.train', 'jaguar_mm.cli.test', 'mmpretrain.apis'])


def run_verb(verb: str, *arguments: str, log: Path) -> int:
    """Run ``jaguar-mm VERB ...`` in a process of its own, without the seconds that imports take.

    Args:
        verb: The verb.
        arguments: What follows it.
        log: File that gets what it says, after what is there.

    Returns:
        The exit code.
    """
    process = CONTEXT.Process(target=_verb, args=([f'jaguar-mm {verb}', *arguments], verb, log))
    process.start()
    process.join()
    return process.exitcode


def _verb(command: list[str], verb: str, log: Path) -> None:
    with open(log, 'ab') as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    sys.argv = command
    import_module('jaguar_mm.cli.main').run(verb)
