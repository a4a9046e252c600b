"""Look for broken and suspicious pictures: python tools/check_data.py CONFIG [--splits train val test] or --folder DIR.

Decodes every picture as training would and writes one row a finding: file, kind, what was found, what to do. The exit
code is 1 if a picture is broken; suspicious ones (no alpha, empty mask, copies, ...) can still be used.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from jaguar_mm.command_line import add_picture_source, errors_in_a_sentence, track
from jaguar_mm.configs import read_config
from jaguar_mm.files import write_whole
from jaguar_mm.images import all_findings, inspect_pictures
from jaguar_mm.images.folder import picture_names
from jaguar_mm.images.inspection import BROKEN
from jaguar_mm.reports.picture_check import findings_csv, print_summary

SHOWN = 10  # broken pictures named on the screen


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_picture_source(parser)
    parser.add_argument(
        '--out', type=Path, default=Path('work_dirs/check_data.csv'), help='report (default %(default)s)'
    )
    args = parser.parse_args()
    if (args.config is None) == (args.folder is None):
        parser.error('give either a config or --folder')
    return args


def main() -> None:
    """Check."""
    args = parse_args()
    with errors_in_a_sentence(KeyError):
        paths = config_pictures(args) if args.folder is None else folder_pictures(args.folder)
        reports = list(track('pictures', inspect_pictures(paths, args.workers), len(paths)))
        findings = all_findings(reports)
        write_whole(args.out, findings_csv(findings))
    print_summary(reports, findings)
    broken = [f'{path}: {finding.what}' for path, finding in findings if finding.kind == BROKEN]
    for line in broken[:SHOWN]:
        print(f'broken   {line}')
    print(f'wrote {len(findings)} findings to {args.out}')
    raise SystemExit(int(bool(broken)))


def folder_pictures(folder: Path) -> list[str]:
    """Return the pictures in and below a folder."""
    return [str(folder / name) for name in picture_names(folder)]


def config_pictures(args: argparse.Namespace) -> list[str]:
    """Return the pictures of a config's data sets, each once."""
    from jaguar_mm.datasets.records import all_records  # here, for the workers import this file but need none of these
    from jaguar_mm.registry import DATASETS

    cfg = read_config(args.config, args.cfg_options)
    datasets = [DATASETS.build(cfg[f'{split}_dataloader'].dataset) for split in args.splits]
    return list(dict.fromkeys(record['img_path'] for data in datasets for record in all_records(data)))


if __name__ == '__main__':
    main()
