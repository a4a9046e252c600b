"""Run the project's tools as a user would."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run_tool(verb: str, *arguments: object) -> None:
    """Run one of the tools at the root of the repository."""
    print('jaguar-mm', verb, *arguments, flush=True)
    subprocess.run([sys.executable, '-m', 'jaguar_mm.cli', verb, *map(str, arguments)], cwd=ROOT, check=True)
