"""From which similarity on are two images one animal? jaguar-mm threshold EMBEDDINGS [--false-matches 0.01] ...

EMBEDDINGS has images of known animals, from jaguar-mm embed with a labelled set or with --animal-folders. Prints the
lowest similarity that at most a share of the pairs of two animals reaches, how many pairs of one animal it misses, both
measured on animals that had no part in the choice, and the area under the curve. Where that may be chance there is no
answer: exit code 2.
"""

from __future__ import annotations

import argparse
import warnings
from dataclasses import asdict
from pathlib import Path

from jaguar_mm.cli.answer import answering
from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import add_apart, add_json, add_stages, refuse_folder
from jaguar_mm.cli.parser import Parser
from jaguar_mm.retrieval import Apart, Cosine, Pipeline, Threshold, find_threshold
from jaguar_mm.storage import load_embeddings


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('embeddings', type=Path, help='embeddings of images of known animals')
    parser.add_argument(
        '--false-matches', type=float, default=0.01, help='share of pairs of two animals (default %(default)s)'
    )
    parser.add_argument('--seed', type=int, default=0, help='of folds and bootstrap (default 0)')
    add_stages(parser)
    add_apart(parser)
    add_json(parser)
    args = parser.parse_args()
    if not 0 <= args.false_matches < 1:
        parser.error(f'--false-matches must be at least 0 and below 1, not {args.false_matches}')
    return args


def main() -> None:
    """Choose it."""
    args = parse_args()
    with answering(args.json) as answer, errors_in_a_sentence():
        found = choose(args)
        report(found, args.false_matches)
        answer |= asdict(found)


def choose(args: argparse.Namespace) -> Threshold:
    """Rank the images among themselves and choose the threshold."""
    refuse_folder(args.embeddings)
    images = load_embeddings(args.embeddings)
    ranking = Pipeline((Cosine(), *args.stages)).final(images)
    apart = Apart.by_name(images.columns, different=args.apart)
    return find_threshold(
        ranking, images.column('identity'), most_false=args.false_matches, apart=apart, seed=args.seed
    )


def report(found: Threshold, asked: float) -> None:
    """Print what came out; of false matches, also how many were asked for."""
    print(f'threshold {found.similarity:.4f}: two images at least as alike are taken for one animal')
    print(f'false matches {found.false_matches:.2%} of {found.pairs_of_two:,} pairs of two animals')
    print(f'missed {found.missed:.1%} of {found.pairs_of_one:,} pairs of one animal')
    print(f'area under the curve {found.auc:.3f} (95 % {found.auc_low:.3f} to {found.auc_high:.3f}; 0.5 is chance)')
    if found.false_matches > asked:
        warnings.warn(
            f'on animals that had no part in the choice there are more false matches than the {asked:.2%} asked for: '
            f'label more animals, or ask for fewer',
            stacklevel=1,
        )
