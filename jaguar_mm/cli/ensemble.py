"""Several models (folds, seeds, backbones) as one, by the embeddings of the same images by each.

jaguar-mm ensemble A.safetensors B.safetensors ... --out ENSEMBLE.safetensors [--weights 2 1 ...]

The cosines of ENSEMBLE.safetensors are the weighted mean of those of the models. Every verb takes it as embeddings of
one model: rank, score, threshold, tune. Queries and gallery need ensembles of the same models in the same order.

  jaguar-mm ensemble A.safetensors B.safetensors --out TEST.safetensors --config CONFIG --submission submission.csv

also writes a submission: for the pairs of CONFIG's test set, by the stages of its test. CONFIG may come from
jaguar-mm tune, or from jaguar-mm fuse with the embeddings of a labelled set by the same models.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from jaguar_mm.cli.answer import answering
from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import add_json, output_file, refuse_overwriting
from jaguar_mm.cli.members import load_members
from jaguar_mm.cli.parser import Parser
from jaguar_mm.configs import add_config_options
from jaguar_mm.storage import EmbeddingSet, ensemble, save_embeddings


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('embeddings', type=Path, nargs='+', help='embeddings of the same images, by each model')
    parser.add_argument('--out', type=output_file('.safetensors'), required=True, help='file to write, .safetensors')
    parser.add_argument('--weights', type=float, nargs='+', help='of each model (default: all the same)')
    parser.add_argument('--config', help='config whose test asks for pairs and has the stages')
    parser.add_argument('--submission', type=output_file('.csv'), help='submission to write as well, with --config')
    add_json(parser)
    add_config_options(parser)
    args = parser.parse_args()
    if (args.submission is None) != (args.config is None):
        parser.error('--config says what --submission asks for: give both or neither')
    refuse_overwriting(parser, args.out, *args.embeddings)
    return args


def main() -> None:
    """Make one of several."""
    args = parse_args()
    with answering(args.json) as answer, errors_in_a_sentence():
        images = ensemble(load_members(args.embeddings), args.weights)
        if args.submission:
            rows = write_submission(args, images)
            print(f'wrote {rows} rows to {args.submission}')
            answer |= {'submission': args.submission, 'rows': rows}
        save_embeddings(args.out, images)
        print(f'wrote {len(images)} images, {images.width} numbers each, to {args.out}')
        answer |= {'out': args.out, 'images': len(images), 'width': images.width, 'views': list(images.views)}


def write_submission(args: argparse.Namespace, images: EmbeddingSet) -> int:
    """Write the pairs that a config's test asks for, by its stages; return how many.

    Raises:
        ValueError: If the test asks for no pairs.
    """
    from jaguar_mm.competition import submit  # needs OpenMMLab, as configs do
    from jaguar_mm.configs.read import read_config
    from jaguar_mm.configs.sets import loader_of, require
    from jaguar_mm.datasets.protocol import build_reid_data
    from jaguar_mm.registry import METRICS

    cfg = read_config(args.config, args.cfg_options)
    require(cfg, 'test_evaluator')
    pairs = build_reid_data(loader_of(cfg, 'test').dataset).pair_table
    if pairs is None:
        raise ValueError(
            f'{args.config}: its test set is no table of pairs such as test.csv; there is nothing to submit'
        )
    rankings = METRICS.build(cfg.test_evaluator).pipeline(images)
    stage = list(rankings)[-1]
    return submit(pairs, images, rankings[stage], stage, args.submission)
