"""Run the project's tools as a user would."""

import csv
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCORES = ('protocol', 'stage', 'queries', 'nearest', 'low', 'high', 'mAP_ib', 'mAP', 'shortlist')


def run_tool(verb: str, *arguments: object) -> None:
    """Run one of the tools at the root of the repository."""
    print('jaguar-mm', verb, *arguments, flush=True)
    subprocess.run([sys.executable, '-m', 'jaguar_mm.cli', verb, *map(str, arguments)], cwd=ROOT, check=True)


def scored(embeddings: Path, stages: list[str], out: Path) -> list[list[str]]:
    """Return the columns SCORES of a table of scores, made by jaguar-mm score unless it is there."""
    if not out.exists():
        run_tool('score', embeddings, '--stages', *stages, '--out', out)
    with out.open(encoding='utf-8') as file:
        return [[row[column] for column in SCORES] for row in csv.DictReader(file)]
