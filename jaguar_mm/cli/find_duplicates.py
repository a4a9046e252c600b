"""Find near-duplicates: jaguar-mm find-duplicates CONFIG|TABLE.csv|FOLDER --out groups.csv ...

Writes the table again with a further column `group`: images of one burst have the same group, named by its first
image. Give it to a data set (JaguarReID: groups='groups.csv', MetadataReID: group_column='group') and no split parts
a burst. Images are near-duplicates by their perceptual hash and, with --embeddings, by their embeddings too. Those
that are said to show two animals share a group as well and are listed in groups_suspects.csv: look at their labels.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import JPEG, add_workers, output_file, refuse_overwriting
from jaguar_mm.cli.parser import Parser
from jaguar_mm.cli.progress import track
from jaguar_mm.configs import add_config_options
from jaguar_mm.images.perceptual_hash import MOST_BITS, hash_images
from jaguar_mm.reports import Tile, draw_rows, encode_jpeg, group_rows
from jaguar_mm.storage.files import write_whole

if TYPE_CHECKING:  # the workers import this file and need no torch, which the data sets bring along
    from jaguar_mm.datasets.near_duplicates import Evidence

LEAST_COSINE = 0.985  # precision 0.99, recall 0.98 on synthetic bursts with the shipped resnet10t; networks differ
SHOWN = 10  # suspects named on the screen


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('source', help='table or folder of images, or a config whose training set has one')
    parser.add_argument('--images', help="folder of a table's images (default: the table's own)")
    parser.add_argument('--out', type=output_file('.csv'), required=True, help='table to write')
    parser.add_argument(
        '--bits', type=int, default=MOST_BITS, help='of 256 in which near-duplicates may differ (default %(default)s)'
    )
    parser.add_argument('--embeddings', type=Path, help='embeddings of the images, from jaguar-mm embed')
    parser.add_argument(
        '--cosine', type=float, default=LEAST_COSINE, help='of near-duplicate embeddings at least (default %(default)s)'
    )
    parser.add_argument('--sheet', type=output_file(*JPEG), help='also draw the groups, as JPEG')
    add_config_options(parser)
    add_workers(parser)
    args = parser.parse_args()
    if not 0 <= args.bits <= 256:
        parser.error(f'--bits must lie between 0 and 256, not {args.bits}')
    if not -1 <= args.cosine <= 1:
        parser.error(f'--cosine must lie between -1 and 1, not {args.cosine}')
    refuse_overwriting(parser, args.out, args.source, args.embeddings)
    return args


def main() -> None:
    """Find them."""
    args = parse_args()
    with errors_in_a_sentence():
        find(args)


def find(args: argparse.Namespace) -> None:
    """Group the images, write what was found and say how much it is."""
    from jaguar_mm.datasets.groups import grouped_csv, list_images, read_images
    from jaguar_mm.datasets.images import locate_images
    from jaguar_mm.datasets.near_duplicates import group_near_duplicates, suspects_csv

    source, folder = config_source(args) if args.source.endswith('.py') else (args.source, args.images)
    if os.path.isdir(source):
        table, folder = list_images(source), source
    else:
        table, folder = read_images(source), folder or os.path.dirname(source)
    paths = locate_images(folder, table.names, source)
    groups, suspects = group_near_duplicates(evidence(args, table.names, paths), table.identities)
    suspected = args.out.with_name(f'{args.out.stem}_suspects.csv')
    write_whole(args.out, grouped_csv(table.rows, [table.names[first] for first in groups]))
    write_whole(suspected, suspects_csv(suspects, table.names, table.identities))
    sizes = np.unique(groups, return_counts=True)[1]
    print(f'{len(groups)} images, {sizes[sizes > 1].sum()} of them in {(sizes > 1).sum()} groups of two and more')
    for first, second, *_ in suspects[:SHOWN]:
        pair = (f'{table.names[image]} ({table.identities[image]})' for image in (first, second))
        print(f'two animals?   {" and ".join(pair)}')
    print(f'wrote {args.out}, and {len(suspects)} suspicious pairs to {suspected}')
    if args.sheet and (sizes > 1).any():
        write_sheet(args.sheet, group_rows(paths, groups, table.identities))


def config_source(args: argparse.Namespace) -> tuple[str, str]:
    """Return the table and the folder of a config's training set."""
    from jaguar_mm.configs.read import read_config
    from jaguar_mm.configs.sets import loader_of
    from jaguar_mm.registry import DATASETS

    training = loader_of(read_config(args.source, args.cfg_options), 'train').dataset
    if {'datasets', 'dataset'} & training.keys():
        raise ValueError(f'{args.source}: its training set is made of others; give the table of each of them instead')
    dataset = DATASETS.build(training | dict(lazy_init=True))
    return dataset.ann_file, dataset.img_prefix


def evidence(args: argparse.Namespace, names: list[str], paths: list[str]) -> list[Evidence]:
    """Hash the images with a progress bar, and read their embeddings if there are any."""
    from jaguar_mm.datasets.near_duplicates import embedding_evidence, hash_evidence

    found = [embedding_evidence(embeddings_of(args.embeddings, names), args.cosine)] if args.embeddings else []
    hashes = list(track('images', hash_images(paths, args.workers), len(paths)))
    return [hash_evidence(np.stack(hashes), args.bits), *found]


def embeddings_of(path: Path, names: list[str]) -> np.ndarray:
    """Read the embeddings of some images, (N, D)."""
    from jaguar_mm.storage import load_embeddings

    table = load_embeddings(path)
    places = {name: place for place, name in enumerate(table.names)}
    missing = [name for name in names if name not in places]
    if missing:
        raise ValueError(
            f'{path}: has no embedding of {len(missing)} of {len(names)} images, the first is {missing[0]!r}; '
            f'extract all of them with jaguar-mm embed --images FOLDER'
        )
    return table.vectors[[places[name] for name in names]]


def write_sheet(path: Path, rows: list[list[Tile]]) -> None:
    """Draw the groups and write them as JPEG."""
    print(f'drew {len(rows)} groups in {write_whole(path, encode_jpeg(draw_rows(rows)))}')
