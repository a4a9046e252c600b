"""Which images show one animal? jaguar-mm group EMBEDDINGS --out GROUPS.csv [--sheet GROUPS.jpg] ...

EMBEDDINGS come from jaguar-mm embed; nobody needs to know who the animals are. The coats of each image and its nearest
ones are compared spot by spot, and images are joined as long as two groups agree in the mean. GROUPS.csv has the
columns group, images (how many it has), image and identity, the largest group first; who is alone is a group of one.

  --least 0.2    mean score from which on two groups are joined. Of the pairs of wild nyala at 0.2 or above 97 % showed
                 one animal (140 pairs), of those at 0.15 or above 79 % (432)
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from jaguar_mm.cli.answer import answering
from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import JPEG, add_json, add_stages, output_file, refuse_folder, stage
from jaguar_mm.cli.own_folder import STAGES
from jaguar_mm.cli.parser import Parser
from jaguar_mm.matching import LocalMatching
from jaguar_mm.reports import draw_rows, encode_jpeg
from jaguar_mm.reports.group_sheet import group_rows
from jaguar_mm.retrieval import Cosine, Pipeline, group_candidates
from jaguar_mm.storage import EmbeddingSet, csv_text, load_embeddings, write_whole

LEAST = 0.2


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('embeddings', type=Path, help='embeddings of the images')
    parser.add_argument('--out', type=output_file('.csv'), required=True, help='CSV file to write')
    parser.add_argument('--least', type=float, default=LEAST, help='mean score of one animal (default %(default)s)')
    add_stages(parser)
    parser.add_argument('--sheet', type=output_file(*JPEG), help='also draw the largest groups, as JPEG')
    add_json(parser)
    args = parser.parse_args()
    if not 0 < args.least <= 1:
        parser.error(f'--least must be above 0 and at most 1, not {args.least}')
    args.stages = args.stages or [stage(text) for text in STAGES]
    if not isinstance(args.stages[-1], LocalMatching):
        parser.error('--stages: the last one compares coats; end with LocalMatching')
    return args


def main() -> None:
    """Group."""
    args = parse_args()
    with answering(args.json) as answer, errors_in_a_sentence():
        refuse_folder(args.embeddings)
        images = load_embeddings(args.embeddings)
        ranking = Pipeline((Cosine(), *args.stages)).final(images)
        groups = group_candidates(ranking.indices, ranking.own, args.least)
        write_groups(images, groups, args.out, args.sheet)
        sizes = np.bincount(groups)
        answer |= {'out': args.out, 'sheet': args.sheet, 'groups': len(sizes), 'sizes': sorted(sizes.tolist())[::-1]}


def write_groups(images: EmbeddingSet, groups: np.ndarray, out: Path, sheet: Path | None = None) -> None:
    """Write the table of groups, and perhaps a sheet of those of two images and more, and say so."""
    sizes = np.bincount(groups)
    largest_first = np.argsort(-sizes, kind='stable')
    place = np.argsort(largest_first)[groups]
    identities = images.columns.get('identity', [None] * len(images))
    rows = [
        [place[row] + 1, sizes[groups[row]], images.names[row], identities[row] or '']
        for row in np.argsort(place, kind='stable')
    ]
    write_whole(out, csv_text(['group', 'images', 'image', 'identity'], rows))
    several = int((sizes > 1).sum())
    print(f'{several} groups of two and more hold {sizes[sizes > 1].sum()} of {len(images)} images; wrote {out}')
    if sheet and several:
        rows = group_rows(images.column('path'), groups, identities)
        print(f'drew {len(rows)} groups in {write_whole(sheet, encode_jpeg(draw_rows(rows)))}')
    elif sheet:
        print('there is no group to draw')
