"""Look for broken and suspicious pictures: python tools/check_data.py CONFIG [--splits train val test] or --folder DIR.

Decodes every picture as training would and writes one row a finding: file, kind, what was found, what to do. The exit
code is 1 if a picture is broken; suspicious ones (no alpha, empty mask, copies, ...) can still be used.
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from mmengine.config import Config, DictAction
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from jaguar_mm.files import write_whole
from jaguar_mm.images import PictureReport, all_findings, inspect_pictures
from jaguar_mm.images.gate.formats import FORMATS
from jaguar_mm.images.inspection import BROKEN
from jaguar_mm.reports.picture_check import findings_csv, print_summary

SPLITS = ('train', 'val', 'test')
SHOWN = 10  # broken pictures named on the screen


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', nargs='?', help="config whose data sets' pictures are checked")
    parser.add_argument('--folder', type=Path, help='check all pictures in and below this folder instead')
    parser.add_argument('--splits', nargs='+', choices=SPLITS, default=SPLITS, help="the config's sets (default: all)")
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, help='override settings of the config')
    parser.add_argument(
        '--out', type=Path, default=Path('work_dirs/check_data.csv'), help='report (default %(default)s)'
    )
    parser.add_argument('--workers', type=int, default=os.cpu_count(), help='processes (default: one a core)')
    args = parser.parse_args()
    if (args.config is None) == (args.folder is None):
        parser.error('give either a config or --folder')
    if args.workers < 1:
        parser.error(f'--workers must be at least 1, not {args.workers}')
    return args


def main() -> None:
    """Check."""
    args = parse_args()
    try:
        paths = config_pictures(args) if args.folder is None else folder_pictures(args.folder)
        reports = inspect(paths, args.workers)
        findings = all_findings(reports)
        write_whole(args.out, findings_csv(findings))
    except BrokenProcessPool as error:
        raise SystemExit('error: a worker was killed, for want of memory perhaps; try fewer --workers') from error
    except (OSError, ValueError, KeyError) as error:
        raise SystemExit(f'error: {error}') from error
    print_summary(reports, findings)
    broken = [f'{path}: {finding.what}' for path, finding in findings if finding.kind == BROKEN]
    for line in broken[:SHOWN]:
        print(f'broken   {line}')
    print(f'wrote {len(findings)} findings to {args.out}')
    raise SystemExit(int(bool(broken)))


def inspect(paths: list[str], workers: int) -> list[PictureReport]:
    """Inspect the pictures with a progress bar."""
    columns = (TextColumn('pictures'), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        return list(progress.track(inspect_pictures(paths, workers), total=len(paths)))


def folder_pictures(folder: Path) -> list[str]:
    """Return everything in and below a folder that is named like a picture, sorted."""
    endings = {ending for known in FORMATS for ending in known.endings}
    paths = sorted(str(path) for path in folder.rglob('*') if path.suffix.lower() in endings)
    if not paths:
        raise FileNotFoundError(f'{folder}: no pictures there (looked for {", ".join(sorted(endings))})')
    return paths


def config_pictures(args: argparse.Namespace) -> list[str]:
    """Return the pictures of a config's data sets, each once."""
    from mmengine.registry import init_default_scope  # here, for the workers import this file but need none of these

    from jaguar_mm.registry import DATASETS

    cfg = Config.fromfile(args.config)
    if args.cfg_options:
        cfg.merge_from_dict(args.cfg_options)
    init_default_scope(cfg.get('default_scope', 'jaguar_mm'))
    datasets = [DATASETS.build(cfg[f'{split}_dataloader'].dataset) for split in args.splits]
    return list(dict.fromkeys(data.get_data_info(i)['img_path'] for data in datasets for i in range(len(data))))


if __name__ == '__main__':
    main()
