"""Learn on labelled embeddings how to fuse the stages of a config's test, such as an embedding and its local matching.

jaguar-mm fuse CONFIG VAL.safetensors --out fused.py
jaguar-mm test fused.py CHECKPOINT

The embeddings come from jaguar-mm embed CONFIG CHECKPOINT --set val, of images that were not trained on; where they
have roles, queries are matched with the gallery. Each stage gets a calibration: how probable one animal is at its
similarity. The fusion is their mean. The config that is written inherits from CONFIG and adds it to the stages of the
test. In the fusion local matching counts by its own score, without the embedding's.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Table

from jaguar_mm.cli.answer import answering
from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import add_apart, add_json, output_file, refuse_overwriting
from jaguar_mm.cli.inheriting import inheriting, listed_stages
from jaguar_mm.cli.labelled import labelled_sides
from jaguar_mm.cli.parser import Parser
from jaguar_mm.configs.read import read_config
from jaguar_mm.evaluation.fusing import FITS, FUSED, Fused, fuse
from jaguar_mm.registry import STAGES
from jaguar_mm.retrieval import Apart, CalibratedFusion, Pipeline, Stage
from jaguar_mm.storage import write_whole


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('config', help='config whose test has the stages')
    parser.add_argument('embeddings', type=Path, help='embeddings of labelled images that were not trained on')
    parser.add_argument('--out', type=output_file('.py'), required=True, help='config to write')
    parser.add_argument('--fuse', nargs='+', metavar='STAGE', help='names of the stages (default: all of the test)')
    parser.add_argument('--fit', choices=sorted(FITS), default='logistic', help='calibration (default %(default)s)')
    add_apart(parser)
    parser.add_argument('--seed', type=int, default=0, help='of folds and bootstrap (default 0)')
    add_json(parser)
    args = parser.parse_args()
    refuse_overwriting(parser, args.out, args.config)
    return args


def main() -> None:
    """Fuse."""
    args = parse_args()
    with answering(args.json) as answer, errors_in_a_sentence():
        stages = stages_of(args.config)
        sides = labelled_sides(args.embeddings)
        rankings = Pipeline(tuple(stages))(*sides)
        names = args.fuse or list(rankings)
        columns = sides.query.columns, None if sides.gallery is None else sides.gallery.columns
        apart = Apart.by_name(*columns, different=args.apart)
        fused = fuse({name: rankings[name] for name in names}, sides, fit=args.fit, apart=apart, seed=args.seed)
        report(fused)
        stages.append(CalibratedFusion(tuple(fused.calibrations), tuple(fused.calibrations.values())))
        comment = f'Learnt by jaguar-mm fuse on {args.embeddings.name}; gain on other animals: {verdict(fused)}.'
        listed = listed_stages([stage.to_dict() for stage in stages])
        lines = [f'test_evaluator = dict(stages={listed})']
        write_whole(args.out, inheriting(args.config, args.out, comment, lines))
        print(f'wrote {args.out}')
        answer |= {'out': args.out, 'gain': fused.gain, 'low': fused.low, 'high': fused.high, 'nearest': fused.nearest}


def stages_of(config: str) -> list[Stage]:
    """Return the stages of a config's test, without an earlier fusion.

    Raises:
        ValueError: If it has none.
    """
    evaluator = read_config(config).get('test_evaluator') or {}
    stages = [STAGES.build(stage) for stage in evaluator.get('stages') or []]
    if not stages:
        raise ValueError(f'{config}: its test_evaluator has no stages to fuse; name some, as in configs/eva02_gem.py')
    return [stage for stage in stages if not isinstance(stage, CalibratedFusion)]


def report(fused: Fused) -> None:
    """Print what each stage and the fusion find, and the verdict."""
    table = Table(title=f'{len(fused.mean_ap[FUSED])} animals; {FUSED} by calibrations that an animal had no part in')
    for column in ('stage', 'nearest right', 'identity-balanced mAP'):
        table.add_column(column)
    for name, share in fused.nearest.items():
        table.add_row(name, f'{share:.3f}', f'{fused.mean_ap[name].mean():.4f}')
    Console(width=100).print(table)
    print(f'the fusion less the best stage, identity-balanced mAP: {verdict(fused)}')


def verdict(fused: Fused) -> str:
    """Return the honest gain with its interval."""
    return f'{fused.gain:+.4f} (95 % {fused.low:+.4f} to {fused.high:+.4f})'
