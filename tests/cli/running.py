"""Run the verbs as a user would: as processes, at the repository root."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONFIG = 'configs/synthetic/v3_resnet10t_gem.py'


def run(*command: str, check: bool = True, timeout: float = 600) -> subprocess.CompletedProcess:
    """Run a command at the repository root; a failure shows its output."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=timeout)
    if check:
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done


def tool(verb: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
    return run(sys.executable, '-m', 'jaguar_mm.cli', verb, *map(str, arguments), check=check)
