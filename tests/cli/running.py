"""Run the verbs as a user would: as processes, at the repository root."""

import io
import logging
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from jaguar_mm.cli.main import main
from tests.cli.forked import run_forked

ROOT = Path(__file__).resolve().parents[2]
CONFIG = 'configs/synthetic/v3_resnet10t_gem.py'


def run(*command: str, check: bool = True, timeout: float = 600) -> subprocess.CompletedProcess:
    """Run a command at the repository root; a failure shows its output."""
    return checked(
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=timeout), check
    )


def checked(done: subprocess.CompletedProcess, check: bool = True) -> subprocess.CompletedProcess:
    """Return what has been run; a failure shows its output."""
    if check:
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done


def tool(verb: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
    """Run a verb; what it has written to the log file of its work dir follows what it printed."""
    done = checked(run_forked(ROOT, verb, *map(str, arguments)), check)
    if verb in ('train', 'test') and '--work-dir' in arguments:
        done.stdout += newest_log(Path(arguments[arguments.index('--work-dir') + 1]))
    return done


def newest_log(work_dir: Path) -> str:
    """Return the log of a work dir's last run."""
    logs = sorted(work_dir.glob('*/*.log'), key=lambda path: path.stat().st_mtime_ns)
    return logs[-1].read_text(encoding='utf-8') if logs else ''


def refused(verb: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run a verb that refuses what it is given; the message is the same as a process's."""
    return in_process(verb, *arguments)


def in_process(verb: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run a verb in this process, which spares it seconds of imports; :func:`tool` is for what a user sees."""
    said, wrong = io.StringIO(), io.StringIO()
    command = ['jaguar-mm', verb, *map(str, arguments)]
    quiet = patch.object(logging, 'raiseExceptions', False)  # loggers of earlier tests may hold a closed stream
    with quiet, patch.object(sys, 'argv', command), chdir(ROOT), redirect_stdout(said), redirect_stderr(wrong):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
    return subprocess.CompletedProcess(command, code, said.getvalue(), wrong.getvalue())
