"""Learn on labelled embeddings how to fuse the stages of a config's test, such as an embedding and its local matching.

jaguar-mm fuse CONFIG VAL.safetensors --out fused.py
jaguar-mm test fused.py CHECKPOINT

The embeddings come from jaguar-mm embed CONFIG CHECKPOINT --set val, of images that were not trained on; where they
have roles, queries are matched with the gallery. Each stage gets a calibration: how probable one animal is at its
similarity. The fusion is their mean. The config that is written inherits from CONFIG and adds it to the stages of the
test. In the fusion local matching counts by its own score, without the embedding's. --fit stacking learns besides how
much each stage counts, by a logistic regression on pairs of images.

Of several models give the embeddings of the same images by each. Their ensemble goes through the stages of the test,
and each model is a stage of its own, 'model 1' and so on:

jaguar-mm fuse CONFIG A_VAL.safetensors B_VAL.safetensors --fit stacking --out stacked.py
jaguar-mm ensemble A_TEST.safetensors B_TEST.safetensors --out TEST.safetensors --config stacked.py --submission S.csv
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path

from rich.console import Console
from rich.table import Table

from jaguar_mm.cli.answer import answering
from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import add_apart, add_json, output_file, refuse_overwriting
from jaguar_mm.cli.inheriting import inheriting, listed_stages
from jaguar_mm.cli.labelled import sides_of
from jaguar_mm.cli.members import load_members
from jaguar_mm.cli.parser import Parser
from jaguar_mm.configs.read import read_config
from jaguar_mm.evaluation.fusing import FITS, FUSED, Fused, fuse
from jaguar_mm.registry import STAGES
from jaguar_mm.retrieval import Apart, CalibratedFusion, Cosine, Member, Pipeline, Stage
from jaguar_mm.storage import EmbeddingSet, ensemble, write_whole


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('config', help='config whose test has the stages')
    parser.add_argument('embeddings', type=Path, nargs='+', help='of labelled images not trained on, by each model')
    parser.add_argument('--out', type=output_file('.py'), required=True, help='config to write')
    parser.add_argument('--fuse', nargs='+', metavar='STAGE', help='names of the stages (default: all)')
    parser.add_argument('--fit', choices=FITS, default='logistic', help='how it is learnt (default %(default)s)')
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
        members = load_members(args.embeddings)
        images = ensemble(members) if len(members) > 1 else next(iter(members.values()))
        parts = member_stages(members) if len(members) > 1 else []
        stages = [*parts, *stages_of(args.config, alone=not parts)]
        sides = sides_of(images, ' and '.join(members))
        rankings = Pipeline(tuple(stages))(*sides)
        names = args.fuse or [stage.name for stage in stages if not (parts and isinstance(stage, Cosine))]
        columns = sides.query.columns, None if sides.gallery is None else sides.gallery.columns
        apart = Apart.by_name(*columns, different=args.apart)
        fused = fuse({name: rankings[name] for name in names}, sides, fit=args.fit, apart=apart, seed=args.seed)
        report(fused)
        weights = fused.weights and tuple(fused.weights.values())
        stages.append(CalibratedFusion(tuple(fused.calibrations), tuple(fused.calibrations.values()), weights))
        learnt_on = ', '.join(path.name for path in args.embeddings)
        comment = f'Learnt by jaguar-mm fuse on {learnt_on}; gain on other animals: {verdict(fused)}.'
        listed = listed_stages([stage.to_dict() for stage in stages])
        lines = [f'test_evaluator = dict(stages={listed})']
        write_whole(args.out, inheriting(args.config, args.out, comment, lines))
        print(f'wrote {args.out}')
        answer |= {'out': args.out, 'gain': fused.gain, 'low': fused.low, 'high': fused.high}
        answer |= {'nearest': fused.nearest, 'weights': fused.weights}


def member_stages(members: Mapping[str, EmbeddingSet]) -> list[Stage]:
    """Return a stage for each model of an ensemble, and say which is which."""
    ends = accumulate(each.width for each in members.values())
    stages: list[Stage] = []
    for place, (file, stop) in enumerate(zip(members, ends, strict=True), 1):
        print(f'model {place}: {file}')
        stages.append(Member(stop - members[file].width, stop, name=f'model {place}'))
    return stages


def stages_of(config: str, alone: bool) -> list[Stage]:
    """Return the stages of a config's test, without an earlier fusion and its models; the cosine if it names none.

    Args:
        config: The config.
        alone: Whether nothing is fused besides them.

    Raises:
        ValueError: If it names none and nothing is fused besides.
    """
    evaluator = read_config(config).get('test_evaluator') or {}
    stages = [STAGES.build(stage) for stage in evaluator.get('stages') or []]
    if alone and not stages:
        raise ValueError(f'{config}: its test_evaluator has no stages to fuse; name some, as in configs/eva02_gem.py')
    return [stage for stage in stages if not isinstance(stage, CalibratedFusion | Member)] or [Cosine()]


def report(fused: Fused) -> None:
    """Print what each stage and the fusion find, and the verdict."""
    table = Table(title=f'{len(fused.mean_ap[FUSED])} animals; {FUSED} is learnt without the animal')
    for column in ('stage', 'nearest right', 'identity-balanced mAP', *(['weight'] if fused.weights else [])):
        table.add_column(column)
    for name, share in fused.nearest.items():
        weight = [f'{fused.weights[name]:.2f}'] if fused.weights and name in fused.weights else []
        table.add_row(name, f'{share:.3f}', f'{fused.mean_ap[name].mean():.4f}', *weight)
    Console(width=100).print(table)
    print(f'the fusion less the best stage, identity-balanced mAP: {verdict(fused)}')


def verdict(fused: Fused) -> str:
    """Return the honest gain with its interval."""
    return f'{fused.gain:+.4f} (95 % {fused.low:+.4f} to {fused.high:+.4f})'
