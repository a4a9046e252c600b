"""The full-size v3 and local matching on a GPU: what their steps cost and which variants pay, in some ten minutes.

PYTHONPATH=. python benchmarks/gpu --out DIR [--stages ceilings micro ...] [--tiny]

Every stage is a process with a time limit of its own and writes one JSON line after each figure, so that a run that is
cut off keeps what was measured. Stage ``equality`` compares the variants with float32 on the CPU. The stages that time
them run only if DIR holds its figures, on this card, whole and passed; copy ``equality.jsonl`` there to split a run.
--tiny runs the same code on a small network, on a CPU too: for looking whether it runs, not for figures.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from measuring import card

HERE = Path(__file__).resolve().parent
STAGES = {  # name: time limit in seconds
    'ceilings': 40,
    'equality': 180,
    'micro': 60,
    'inference': 150,
    'training': 200,
    'search': 60,
    'matching': 90,
    'deterministic': 90,
    'extract': 100,
    'tools': 240,
    'resume': 120,
}
COMPARED = {'inference', 'training', 'deterministic'}  # stages whose variants must have passed


def main() -> None:
    """Run the stages one after the other and print a short table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=Path, required=True, help='folder for the figures')
    parser.add_argument('--stages', nargs='+', choices=STAGES, default=list(STAGES), help='default: all')
    parser.add_argument('--tiny', action='store_true', help='a small network, to see whether it runs')
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for stage in args.stages:
        if stage in COMPARED and not approved(read(args.out / 'equality.jsonl'), args.tiny):
            print(f'{stage}: left out, since stage equality has not passed as a whole on this card', flush=True)
            continue
        run(stage, args.out, args.tiny)
    failed = [figure for figure in read(args.out / 'equality.jsonl') if figure.get('passed') is False]
    print(f'equality: {len(failed)} comparisons failed', *failed, sep='\n')
    for path in sorted(args.out.glob('*.jsonl')):
        for figure in read(path):
            print(f'{path.stem:<10} ' + '  '.join(f'{key} {value}' for key, value in figure.items()))


def approved(figures: list[dict], tiny: bool) -> bool:
    """Return whether every comparison was made with this network on this card, and passed."""
    if not figures or figures[-1].get('what') != 'complete':
        return False
    made = (figures[0]['card'], figures[0]['tiny']) == (card(), tiny)
    return made and all(figure.get('passed', True) for figure in figures)


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
