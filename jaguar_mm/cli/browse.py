"""Look at the data: jaguar-mm browse CONFIG [--set train|val|test] [--out sheet.jpg] [--counts counts.png] ...

Draws some images as they are, their alpha on a checkerboard, and what the network sees of them after the config's
pipeline: of the training set the very augmentations of the first epochs of a run with the config's seed. Mixup and
others that join the images of a batch come later and are not shown. --counts plots how many images of each
individual every set has; an image of several sets counts in the first one.
"""

from __future__ import annotations

import argparse
import io
from itertools import chain

from mmengine.config import Config

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import JPEG, add_set, at_least_one, output_file
from jaguar_mm.cli.parser import Parser
from jaguar_mm.cli.sets import datasets_of
from jaguar_mm.configs import add_config_options
from jaguar_mm.configs.read import read_config
from jaguar_mm.configs.sets import SETS
from jaguar_mm.datasets.preview import background_mode, load_image, see
from jaguar_mm.datasets.protocol import ReIDData
from jaguar_mm.datasets.records import all_records
from jaguar_mm.datasets.samplers import Draw
from jaguar_mm.reports import Tile, augmentation_tiles, draw_rows, encode_jpeg, spread
from jaguar_mm.reports.counts_plot import plot_counts
from jaguar_mm.storage.files import write_whole

ACROSS = 8  # tiles of a row, if one image does not need more


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('config', help='config whose data sets are shown')
    add_set(parser, 'train', SETS)
    parser.add_argument('--count', type=at_least_one, default=32, help='images, evenly spread (default %(default)s)')
    parser.add_argument('--epochs', type=at_least_one, default=2, help='augmentations of each (default %(default)s)')
    parser.add_argument(
        '--out', type=output_file(*JPEG), default='work_dirs/browse.jpg', help='sheet (default %(default)s)'
    )
    parser.add_argument(
        '--counts', type=output_file('.png'), help='plot the images of each individual here too, as PNG'
    )
    add_config_options(parser)
    return parser.parse_args()


def main() -> None:
    """Draw."""
    args = parse_args()
    with errors_in_a_sentence():
        browse(args)


def browse(args: argparse.Namespace) -> None:
    """Draw the sheet and the plot."""
    cfg = read_config(args.config, args.cfg_options)
    dataset = datasets_of(cfg, [args.set])[args.set]
    indices = spread(len(dataset), args.count)
    images = [tiles_of(dataset, index, draws(cfg, args, index)) for index in indices]
    side_by_side = max(1, ACROSS // len(images[0]))
    rows = [list(chain(*images[i : i + side_by_side])) for i in range(0, len(images), side_by_side)]
    write_whole(args.out, encode_jpeg(draw_rows(rows)))
    print(f'drew {len(indices)} of {len(dataset)} images in {args.out}')
    if args.counts:
        content = io.BytesIO()
        plot_counts(counted(cfg)).savefig(content, format='png', dpi=100)
        print(f'plotted the images of each individual in {write_whole(args.counts, content.getvalue())}')


def draws(cfg: Config, args: argparse.Namespace, index: int) -> dict[str, int | Draw]:
    """Return what to ask the data set for, by caption: as its sampler does."""
    if args.set != 'train':
        return {args.set: index}
    seed = (cfg.train_dataloader.get('sampler') or {}).get('seed', cfg.get('randomness', {}).get('seed')) or 0
    return {f'epoch {epoch}': Draw(index, seed, epoch) for epoch in range(args.epochs)}


def tiles_of(dataset: ReIDData, index: int, asked: dict[str, int | Draw]) -> list[Tile]:
    """Return the tiles of one image."""
    part, place = dataset.part_of(index)
    record, mode = dataset.get_data_info(index), background_mode(part)
    views = {f'{caption}: {mode}': see(dataset, draw) for caption, draw in asked.items()}
    image = load_image(part, place)
    return augmentation_tiles(record['image_name'], record['identity'], image.pixels, image.has_alpha, views)


def counted(cfg: Config) -> dict[str, list[tuple[str | None, str | None]]]:
    """Return identity and group of every image of each set, an image of several sets in the first one."""
    seen, parts = set(), {}
    for subset, dataset in datasets_of(cfg).items():
        new = [record for record in all_records(dataset) if (record['img_path'], record['image_name']) not in seen]
        seen.update((record['img_path'], record['image_name']) for record in new)
        parts[subset] = [(record['identity'], record.get('group')) for record in new]
    return parts
