"""Look at embeddings in TensorBoard: jaguar-mm project EMBEDDINGS --out DIR [--images FOLDER|CONFIG].

EMBEDDINGS comes from jaguar-mm embed. With --images each point is its image: from the folder that was embedded, or
as a config's data sets cut it out. Then: tensorboard --logdir DIR, and choose the projector. tensors.tsv and
metadata.tsv can be loaded into the standalone projector too. TensorBoard is not needed to write the files.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.parser import Parser
from jaguar_mm.cli.progress import track
from jaguar_mm.cli.sets import datasets_of
from jaguar_mm.configs import add_config_options
from jaguar_mm.images import EmbeddedFiles, load_rgba
from jaguar_mm.images.embedded import PATH
from jaguar_mm.reports.projector import projector_files, sprite_files
from jaguar_mm.storage import EmbeddingSet, load_embeddings, write_whole


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('embeddings', type=Path, help='file of embeddings')
    parser.add_argument('--out', type=Path, required=True, help='folder for the files')
    parser.add_argument('--images', help='folder of the images, or a config whose data sets have them')
    add_config_options(parser)
    return parser.parse_args()


def main() -> None:
    """Write the files."""
    args = parse_args()
    with errors_in_a_sentence():
        project(args)


def project(args: argparse.Namespace) -> None:
    """Read everything, then write."""
    table = load_embeddings(args.embeddings)
    identities = table.columns.get('identity')
    known = None if identities is None else [identity or '' for identity in identities]
    files = projector_files(table.vectors, table.names, known)
    if args.images:
        images = track('images', images_of(args, table), len(table.names))
        files |= sprite_files(images, len(table.names))
    for name, content in files.items():
        write_whole(args.out / name, content)
    print(f'wrote {len(table.names)} embeddings; look at them with: tensorboard --logdir {args.out}')


def images_of(args: argparse.Namespace, table: EmbeddingSet) -> Iterator[np.ndarray]:
    """Yield the image of each embedding, uint8 (H, W, 4)."""
    if args.images.endswith('.py'):
        yield from config_images(args, table.names)
        return
    from jaguar_mm.datasets.images import locate_images

    paths = locate_images(args.images, table.names, str(args.embeddings))
    files = EmbeddedFiles({**table.columns, PATH: paths})
    for path in paths:
        files.content(path)
        yield load_rgba(path).pixels


def config_images(args: argparse.Namespace, names: list[str]) -> Iterator[np.ndarray]:
    """Yield the images of a config's data sets."""
    from jaguar_mm.configs.read import read_config
    from jaguar_mm.datasets.preview import load_image
    from jaguar_mm.datasets.records import all_records

    cfg = read_config(args.images, args.cfg_options)
    places = {}
    for dataset in datasets_of(cfg).values():
        places |= {record['image_name']: dataset.part_of(index) for index, record in enumerate(all_records(dataset))}
    missing = [name for name in names if name not in places]
    if missing:
        raise ValueError(
            f'{args.images}: its data sets have no {missing[0]!r} (the first of {len(missing)} that {args.embeddings} '
            f'has); give the config that the embeddings were extracted with'
        )
    for name in names:
        yield load_image(*places[name]).pixels
