"""How often is the first match right? jaguar-mm score EMBEDDINGS [--stages ...] ...

EMBEDDINGS has images of known animals, from jaguar-mm embed with a labelled set or with --animal-folders; images of
the role query are searched for among those of the role gallery, images without roles among each other. Scores the plain
cosine and every one of the --stages:

  nearest      for which share of the images the first match shows the same animal, with a 95 % interval (low, high)
  mAP_ib, mAP  mean average precision, each animal counted alike or each image
  shortlist    of stages that look at a few candidates: for which share the animal is among them; none finds more

A protocol says which pairs count. Where flanks, encounters or bursts are known there is a row for each: the same flank
only, other encounters only, other bursts only, and all.

  jaguar-mm score nyala.safetensors --stages LocalMatching:k=50,trust=2 --out scores.csv
"""

from __future__ import annotations

import argparse
from pathlib import Path

from jaguar_mm.cli.answer import answering
from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import add_json, add_stages, output_file
from jaguar_mm.cli.labelled import labelled_sides
from jaguar_mm.cli.parser import Parser
from jaguar_mm.evaluation.scoring import score_stages
from jaguar_mm.reports.score_table import print_scores, score_csv
from jaguar_mm.retrieval import Cosine, Pipeline
from jaguar_mm.storage import write_whole


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('embeddings', type=Path, help='embeddings of images of known animals')
    add_stages(parser)
    parser.add_argument('--out', type=output_file('.csv'), help='CSV file to write as well')
    parser.add_argument('--seed', type=int, default=0, help='of the bootstrap (default 0)')
    add_json(parser)
    return parser.parse_args()


def main() -> None:
    """Score."""
    args = parse_args()
    with answering(args.json) as answer, errors_in_a_sentence():
        sides = labelled_sides(args.embeddings)
        rankings = Pipeline((Cosine(), *args.stages))(*sides)
        scores = score_stages(rankings, sides, seed=args.seed)
        print_scores(scores, title=f'{len(sides.query)} queries among {len(sides.others)} images')
        if args.out:
            print(f'wrote {write_whole(args.out, score_csv(scores))}')
        rows = [{'protocol': protocol, 'stage': stage, **row} for (protocol, stage), row in scores.items()]
        answer |= {'out': args.out, 'scores': rows}
