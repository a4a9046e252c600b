"""The full-size v3 on a GPU: what its steps cost and which variants pay, in ten minutes.

PYTHONPATH=. python benchmarks/gpu --out DIR [--stages ceilings micro ...] [--tiny]

Every stage is a process with a time limit of its own and writes one JSON line after each figure, so that a run that is
cut off keeps what was measured. Stage ``equality`` comes first and compares every variant with float32 on the CPU; what
fails there is printed above the table, and its times mean nothing.
--tiny runs the same code on a small network, on a CPU too: for looking whether it runs, not for figures.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
STAGES = {  # name: time limit in seconds
    'ceilings': 40,
    'equality': 150,
    'micro': 60,
    'inference': 150,
    'training': 200,
    'search': 60,
    'tools': 260,
    'resume': 120,
}


def main() -> None:
    """Run the stages one after the other and print a short table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=Path, required=True, help='folder for the figures')
    parser.add_argument('--stages', nargs='+', choices=STAGES, default=list(STAGES), help='default: all')
    parser.add_argument('--tiny', action='store_true', help='a small network, to see whether it runs')
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for stage in args.stages:
        run(stage, args.out, args.tiny)
    failed = [figure for figure in read(args.out / 'equality.jsonl') if figure.get('passed') is False]
    print(f'equality: {len(failed)} comparisons failed', *failed, sep='\n')
    for path in sorted(args.out.glob('*.jsonl')):
        for figure in read(path):
            print(f'{path.stem:<10} ' + '  '.join(f'{key} {value}' for key, value in figure.items()))


def read(path: Path) -> list[dict]:
    """Return the figures of a stage, none if it did not run."""
    return [json.loads(line) for line in path.read_text(encoding='utf-8').splitlines()] if path.exists() else []


def run(stage: str, out: Path, tiny: bool) -> None:
    """Run one stage as a process; what it has written stays if it fails or takes too long."""
    start = time.perf_counter()
    command = [sys.executable, str(HERE / f'{stage}.py'), str(out / f'{stage}.jsonl'), *(['--tiny'] if tiny else [])]
    try:
        status = subprocess.run(command, timeout=STAGES[stage], check=False).returncode
    except subprocess.TimeoutExpired:
        status = 'cut off'
    print(f'{stage}: status {status}, {time.perf_counter() - start:.0f} s', flush=True)


if __name__ == '__main__':
    main()
