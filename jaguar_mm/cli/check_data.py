"""Look for broken and suspicious images: jaguar-mm check-data CONFIG [--sets train val test] or --folder DIR.

Decodes every image as training would and writes one row a finding: file, kind, what was found, what to do. The exit
code is 1 if an image is broken; suspicious ones (empty mask, copies, ...) can still be used. Alpha is looked at where
the config asks for it, or of a folder where some images have it. What training leaves out has rows as well: leftovers
of systems, formats that are not read, broken links, folders without an image.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import NamedTuple

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import add_image_source, output_file
from jaguar_mm.cli.folder import images_in
from jaguar_mm.cli.parser import Parser
from jaguar_mm.cli.progress import track
from jaguar_mm.cli.sets import datasets_of
from jaguar_mm.images import Finding, all_findings, inspect_images
from jaguar_mm.images.inspection import BROKEN
from jaguar_mm.reports.image_check import findings_csv, print_summary
from jaguar_mm.storage.files import write_whole

SHOWN = 10  # broken images named on the screen


class Images(NamedTuple):
    """What is to be checked.

    Attributes:
        paths: The images.
        masked: Those whose alpha should outline an animal; None: all of them if it does in any.
        findings: What is odd about the files before one is opened.
    """

    paths: list[str]
    masked: set[str] | None
    findings: list[tuple[str, Finding]]


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    add_image_source(parser)
    parser.add_argument(
        '--out', type=output_file('.csv'), default='work_dirs/check_data.csv', help='report (default %(default)s)'
    )
    args = parser.parse_args()
    if (args.config is None) == (args.folder is None):
        parser.error('give either a config or --folder')
    return args


def main() -> None:
    """Check."""
    args = parse_args()
    with errors_in_a_sentence():
        images = config_images(args) if args.folder is None else folder_images(args.folder)
        reports = list(track('images', inspect_images(images.paths, args.workers), len(images.paths)))
        masked = images.masked
        if masked is None and not any(report.has_mask for report in reports):
            masked = ()
        findings = [*images.findings, *all_findings(reports, masked)]
        write_whole(args.out, findings_csv(findings))
    print_summary(reports, findings)
    broken = [f'{path}: {finding.what}' for path, finding in findings if finding.kind == BROKEN]
    for line in broken[:SHOWN]:
        print(f'broken   {line}')
    print(f'wrote {len(findings)} findings to {args.out}')
    raise SystemExit(int(bool(broken)))


def folder_images(folder: Path) -> Images:
    """Return the images in and below a folder; whether they should be masked is for the images to say."""
    names, found = images_in(folder)
    paths = [str(folder / name) for name in names]
    return Images(paths, None, [(str(folder / name), finding) for name, finding in found])


def config_images(args: argparse.Namespace) -> Images:
    """Return the images of a config's data sets, each once; they say in the log what they leave out."""
    from jaguar_mm.configs.read import read_config  # here: a folder needs none of these
    from jaguar_mm.datasets.preview import masked_paths
    from jaguar_mm.datasets.records import all_records

    cfg = read_config(args.config, args.cfg_options)
    parts = [part for dataset in datasets_of(cfg, args.sets).values() for part in dataset.parts]
    paths = dict.fromkeys(record['img_path'] for part in parts for record in all_records(part))
    masked = set().union(*map(masked_paths, parts))
    found = dict.fromkeys(
        (os.path.join(part.img_prefix, name), finding) for part in parts for name, finding in part.file_findings
    )
    return Images(list(paths), masked, list(found))
