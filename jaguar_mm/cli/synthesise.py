"""Make a synthetic jaguar competition: jaguar-mm synthesise --out data/synthetic [--seed 1] ...

Writes exactly the layout of the Kaggle competition, with solution.csv and metadata.csv besides. The same options give
the same files on any number of workers; another seed gives other animals with other names.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict
from pathlib import Path

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import JPEG, add_workers, output_file
from jaguar_mm.cli.parser import Parser
from jaguar_mm.cli.progress import progress
from jaguar_mm.reports import encode_jpeg
from jaguar_mm.storage.files import write_whole
from jaguar_mm.synthesis import CompetitionSpec, contact_sheet, make_competition, plan_images

OPTIONS = {
    'seed': 'another seed gives other animals with other names',
    'identities': 'number of animals',
    'train_per_identity': 'training images of each',
    'test_per_identity': 'test images of each',
    'flanks': '1: only left flanks are photographed, 2: both',
    'size': 'longer side of the images in pixels',
    'burst_length': 'mean number of near-duplicates in a row among the training images',
    'background_reliance': "probability that an image is taken at the animal's own station instead of any, 0 to 1",
    'round': '1: the background is kept where alpha is 0, 2: it is black',
    'shift': 'how much further pose, light and plants of test images go than those of training images, 0 to 1',
}


def parse_arguments() -> argparse.Namespace:
    """Read the command line; the options of :class:`CompetitionSpec` with its defaults, and what to write."""
    parser = Parser(__doc__)
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument('--out', type=Path, help='folder to make')
    target.add_argument(
        '--contact-sheet', type=output_file(*JPEG), metavar='FILE', help='write only an image of what it looks like'
    )
    for name, default in asdict(CompetitionSpec()).items():
        flag = f'--{name.replace("_", "-")}'
        parser.add_argument(flag, type=type(default), default=default, help=f'{OPTIONS[name]} (default {default})')
    parser.add_argument('--flat', action='store_true', help='train/*.png, not train/train/*.png')
    add_workers(parser)
    parser.add_argument('--overwrite', action='store_true', help='replace a competition made before')
    arguments = parser.parse_args()
    try:
        arguments.spec = CompetitionSpec(**{name: getattr(arguments, name) for name in OPTIONS})
    except ValueError as error:
        parser.error(str(error))
    return arguments


def main() -> None:
    """Make the competition or its contact sheet."""
    arguments = parse_arguments()
    with errors_in_a_sentence():
        if arguments.contact_sheet:
            write_sheet(arguments)
        else:
            write_competition(arguments)


def write_sheet(arguments: argparse.Namespace) -> None:
    """Write the contact sheet as JPEG."""
    content = encode_jpeg(contact_sheet(arguments.spec), quality=80)
    print('wrote', write_whole(arguments.contact_sheet, content))


def write_competition(arguments: argparse.Namespace) -> None:
    """Write the competition with a progress bar, then say where and how fast."""
    count, start = len(plan_images(arguments.spec)), time.perf_counter()
    with progress('images', count) as advance:
        make_competition(
            arguments.spec,
            arguments.out,
            workers=arguments.workers,
            flat=arguments.flat,
            overwrite=arguments.overwrite,
            advance=advance,
        )
    seconds = time.perf_counter() - start
    print(f'wrote {count} images to {arguments.out} in {seconds:.1f} s, {count / seconds:.1f} a second')
