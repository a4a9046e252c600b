"""Is B better than A, or is it noise? A paired bootstrap over runs and identities.

jaguar-mm compare A B [--set val] [--stage STAGE [STAGE]] [--out FILE.json]

A and B are work dirs of jaguar-mm train, jaguar-mm test or jaguar-mm folds, or folders of such work dirs, one for
each seed or fold, with the same names in both. A stage for each side compares stages: A A --stage raw +re-ranking.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import add_set, output_file
from jaguar_mm.cli.parser import Parser
from jaguar_mm.evaluation.comparison import Comparison, compare_runs
from jaguar_mm.evaluation.identity_report import read_identity_scores
from jaguar_mm.storage.files import write_whole


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser('Compare two trainings by the scores of their identities')
    parser.add_argument('first', metavar='A', type=Path, help='work dir, or a folder of work dirs (seeds or folds)')
    parser.add_argument('second', metavar='B', type=Path, help='the same of the other training')
    add_set(parser, 'val')
    parser.add_argument('--stage', nargs='+', help='retrieval stage, or one of A and one of B (default: the last one)')
    parser.add_argument('--out', type=output_file('.json'), help='JSON file for the figures')
    args = parser.parse_args()
    if args.stage and len(args.stage) > 2:
        parser.error(f'--stage takes one stage, or one of A and one of B, not {len(args.stage)}')
    return args


def find_reports(folder: Path, subset: str) -> dict[str, Path]:
    """Return the reports of a work dir, or of every work dir in a folder, by the name of the run.

    Raises:
        FileNotFoundError: If there are none.
    """
    inside = Path('reports') / subset / 'identities.csv'
    if (folder / inside).is_file():
        return {'': folder / inside}
    found = {run.name: run / inside for run in sorted(folder.glob('*')) if (run / inside).is_file()}
    if not found:
        raise FileNotFoundError(f'{folder}: neither it nor a folder in it has {inside}; test or validate there first')
    return found


def compare(args: argparse.Namespace) -> Comparison:
    """Read both sides and compare them.

    Raises:
        ValueError: If they have not the same runs.
    """
    first, second = (find_reports(folder, args.set) for folder in (args.first, args.second))
    if first.keys() != second.keys():
        only = sorted(first.keys() ^ second.keys())
        raise ValueError(f'{args.first} and {args.second} have not the same runs: {", ".join(only)}')
    stages = args.stage or [None]
    sides = zip((first, second), (stages[0], stages[-1]), strict=True)
    return compare_runs(*([read_identity_scores(path, stage) for path in reports.values()] for reports, stage in sides))


def main() -> None:
    """Compare and say what came out."""
    args = parse_args()
    with errors_in_a_sentence():
        found = compare(args)
    print_line = Console(soft_wrap=True, highlight=False).print
    print_line(f'identity-balanced mAP ({args.set}, {found.runs} run(s), {found.identities} identities)')
    print_line(f'A {found.first:.4f}   B {found.second:.4f}   effect size {found.effect_size:.2f}')
    print_line(f'B - A: {found.difference:+.4f}, 95 % interval {found.low:+.4f} to {found.high:+.4f}')
    print_line(f'verdict: {found.verdict}')
    if args.out:
        write_whole(args.out, json.dumps(asdict(found) | {'verdict': found.verdict}, indent=1) + '\n')
