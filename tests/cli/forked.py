"""Verbs as processes of their own that need not import everything anew: forked from one that has."""

import atexit
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing import get_context, set_start_method
from pathlib import Path

CHILD = 'forked child'
FORKSERVER = get_context('forkserver')
FORKSERVER.set_forkserver_preload(
    ['jaguar_mm.cli.train', 'jaguar_mm.cli.test', 'jaguar_mm.cli.embed', 'mmpretrain.apis']
)


def run_forked(
    folder: Path, verb: str, *arguments: str, timeout: float = 600, environment: Mapping[str, str] = os.environ
) -> subprocess.CompletedProcess:
    """Run a verb in a folder and a session of its own, as ``python -m jaguar_mm.cli`` does but for the imports.

    Raises:
        subprocess.TimeoutExpired: If it takes longer than ``timeout`` seconds.
    """
    command = ['jaguar-mm', verb, *arguments]
    with tempfile.TemporaryDirectory() as streams:
        out, err = Path(streams, 'out'), Path(streams, 'err')
        task = command, folder, dict(environment), out, err
        # by the path of this file: where another package is called tests, the module is not found there
        process = FORKSERVER.Process(target=runpy.run_path, args=(__file__, dict(task=task), CHILD))
        process.start()
        process.join(timeout)
        if process.is_alive():
            process.kill()
            raise subprocess.TimeoutExpired(command, timeout)
        return subprocess.CompletedProcess(command, process.exitcode, *(_text(path) for path in (out, err)))


def _text(path: Path) -> str:
    return path.read_text(encoding='utf-8') if path.exists() else ''


def _verb(command: list[str], folder: Path, environment: dict[str, str], out: Path, err: Path) -> None:
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = environment.get('PYTHONPATH', '').split(os.pathsep)
    set_start_method(None, force=True)  # workers start as they do elsewhere
    sys.argv = command
    try:
        runpy.run_module('jaguar_mm.cli', run_name='__main__')
    finally:
        atexit._run_exitfuncs()  # a process that was forked runs none


if __name__ == CHILD:
    _verb(*task)  # noqa: F821, run_path gives it
