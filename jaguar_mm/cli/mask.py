"""Outline the animals of images that have no alpha channel: jaguar-mm mask IMAGES --out FOLDER.

Writes each image in and below the folder IMAGES as PNG with a mask as its alpha, under the same name in FOLDER, and
FOLDER/masks.csv: for each image where its mask is from (found; own, if the image had an alpha, which stays; nothing, if
no animal was found: then all of it is opaque), the mask's box in pixels to crop to, and its share of the image. What
lies under the mask is kept. What is there already, made of the same image in the same way, is left alone, so an
interrupted call can be repeated. --sheet draws the outlines: look at some before you trust them.

An image that cannot be used ends the run with one sentence; with --skip-unusable such images are left out and named,
and the exit code is then 3. Nothing is fetched from a network.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from jaguar_mm.cli.answer import answering
from jaguar_mm.cli.errors import INCOMPLETE, errors_in_a_sentence
from jaguar_mm.cli.flags import JPEG, add_json, add_workers, output_file, refuse_among_images
from jaguar_mm.cli.folder import images_in
from jaguar_mm.cli.parser import Parser
from jaguar_mm.cli.progress import track
from jaguar_mm.images import ImageError, Segmenter, load_rgba
from jaguar_mm.images.masks.folder import NOTHING, Outlined, mask_files, masked_name
from jaguar_mm.reports import draw_rows, encode_jpeg, spread
from jaguar_mm.reports.mask_sheet import mask_rows
from jaguar_mm.storage import csv_text, write_whole

TABLE = 'masks.csv'
HEADER = ('image_name', 'mask', 'left', 'top', 'right', 'bottom', 'share')
SHOWN = 10  # images named on the screen
DRAWN = 64  # images on the sheet


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('images', type=Path, help='folder of images')
    parser.add_argument('--out', type=Path, required=True, help='folder to write to, another one')
    parser.add_argument('--sheet', type=output_file(*JPEG), help=f'also draw up to {DRAWN} outlines, as JPEG')
    parser.add_argument('--skip-unusable', action='store_true', help='leave out images that cannot be used')
    add_workers(parser)
    add_json(parser)
    return parser.parse_args()


def main() -> None:
    """Outline."""
    args = parse_args()
    with answering(args.json) as answer, errors_in_a_sentence():
        refuse_among_images(args.images, {'--sheet': args.sheet})
        masks = list(outline(args))
        left_out = {each.name: each.problem for each in masks if each.problem}
        masks = [each for each in masks if not each.problem]
        rows = [(each.name, each.mask, *(each.box or [None] * 4), round(each.share, 6)) for each in masks]
        write_whole(args.out / TABLE, csv_text(HEADER, rows))
        if args.sheet:
            draw(args, masks)
        nothing = [each.name for each in masks if each.mask == NOTHING]
        report(args, masks, nothing, left_out)
        answer |= {'out': args.out, 'images': len(masks), 'nothing_found': nothing, 'left_out': left_out}
    raise SystemExit(INCOMPLETE if left_out else 0)


def outline(args: argparse.Namespace) -> Iterator[Outlined]:
    """Yield what becomes of each image.

    Raises:
        ImageError: If one cannot be used and is not to be left out.
    """
    segmenter, (names, _) = Segmenter(), images_in(args.images)
    for outlined in track('images', mask_files(args.images, names, args.out, segmenter, args.workers), len(names)):
        if outlined.problem and not args.skip_unusable:
            raise ImageError(f'{args.images / outlined.name}: {outlined.problem}')
        yield outlined


def draw(args: argparse.Namespace, masks: Sequence[Outlined]) -> None:
    """Draw the outlines of some images, evenly spread."""
    chosen = [masks[place] for place in spread(len(masks), DRAWN)]
    images = ((each.name, each.mask, load_rgba(args.out / masked_name(each.name)).pixels) for each in chosen)
    write_whole(args.sheet, encode_jpeg(draw_rows(mask_rows(images))))


def report(args: argparse.Namespace, masks: Sequence[Outlined], nothing: list[str], left_out: dict[str, str]) -> None:
    """Say what was done, and name what needs a look."""
    new = sum(each.is_new for each in masks)
    print(
        f'wrote {new:,} masked images to {args.out}, {len(masks) - new:,} were there; boxes are in {args.out / TABLE}'
    )
    if nothing:
        more = ', ...' if len(nothing) > SHOWN else ''
        print(f'no animal was found in {len(nothing):,}, which are used whole: {", ".join(nothing[:SHOWN])}{more}')
    for name, problem in list(left_out.items())[:SHOWN]:
        print(f'left out   {name}: {problem}')
