"""Draw embeddings as points in a plane, alike images near each other: jaguar-mm map EMBEDDINGS --out MAP.png.

EMBEDDINGS comes from jaguar-mm embed. Each animal has a colour, and a cross is an image that is more like one of
another animal than like any of its own: a hard image, or a wrong label. --apart group looks past images of the own
burst. Neighbours on the map are alike; how far apart two clusters lie means nothing (t-SNE).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from jaguar_mm.cli.answer import answering
from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import add_apart, add_json, output_file, refuse_folder
from jaguar_mm.cli.parser import Parser
from jaguar_mm.reports.embedding_map import draw_map, find_strays, place_on_map
from jaguar_mm.retrieval import Apart, CosineRanking
from jaguar_mm.storage import load_embeddings, write_whole

SHOWN = 10  # strays that are named


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('embeddings', type=Path, help='file of embeddings')
    parser.add_argument('--out', type=output_file('.png'), required=True, help='image to write, .png')
    add_apart(parser)
    parser.add_argument('--seed', type=int, default=0, help='of the map (default 0)')
    add_json(parser)
    return parser.parse_args()


def main() -> None:
    """Draw."""
    args = parse_args()
    with answering(args.json) as answer, errors_in_a_sentence():
        refuse_folder(args.embeddings)
        images = load_embeddings(args.embeddings)
        identities = images.columns.get('identity', [None] * len(images))
        apart = Apart.by_name(images.columns, None, different=args.apart)
        strays = find_strays(CosineRanking(images.vectors), identities, apart)
        write_whole(args.out, draw_map(place_on_map(images.vectors, args.seed), identities, strays))
        names = [images.names[place] for place in np.flatnonzero(strays)]
        print(f'drew {len(images)} images in {args.out}; {len(names)} are more like another animal')
        for name in names[:SHOWN]:
            print(f'  {name}')
        answer |= {'out': args.out, 'images': len(images), 'strays': names}
