"""Examine a submission before it is sent: jaguar-mm check-submission SUBMISSION --test-csv TEST.csv ...

Prints one sentence a finding; the exit code is 1 if one of them is an error.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.parser import Parser
from jaguar_mm.competition.doctor import examine


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('submission', type=Path, help='file to examine')
    parser.add_argument('--test-csv', type=Path, required=True, help="the competition's test.csv")
    parser.add_argument('--images', type=Path, help='folder of the test images of the round it is meant for')
    parser.add_argument('--against', type=Path, nargs='+', default=[], metavar='EARLIER', help='files sent earlier')
    parser.add_argument('--fingerprint', type=Path, help='record of the images (default: SUBMISSION with .json)')
    return parser.parse_args()


def main() -> None:
    """Examine."""
    args = parse_args()
    with errors_in_a_sentence():
        findings = examine(args.submission, args.test_csv, args.images, args.against, args.fingerprint)
    for level, text in findings:
        print(f'{level:<8} {text}')
    raise SystemExit(int(any(level == 'error' for level, _ in findings)))
