"""Choose test-time views, expansion and re-ranking on labelled embeddings, and only what beats the noise.

jaguar-mm tune CONFIG VAL.safetensors --out tuned.py
jaguar-mm test tuned.py CHECKPOINT

The embeddings come from jaguar-mm embed CONFIG CHECKPOINT --set val [--tta]. The config that is written inherits from
CONFIG and sets the stages of its evaluators.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from mmengine.config import Config
from rich.console import Console
from rich.table import Table

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import output_file, refuse_overwriting
from jaguar_mm.cli.inheriting import inheriting, listed_stages
from jaguar_mm.cli.parser import Parser
from jaguar_mm.cli.progress import progress
from jaguar_mm.configs.read import read_config
from jaguar_mm.evaluation.tuning import Setting, Tuned, post_processing_grid, tune
from jaguar_mm.storage import load_embeddings, write_whole

SHOWN = 10
VIEWS = "model = dict(tta=dict(type='EmbeddingTTA', flip=True))  # the views of jaguar-mm embed --tta"


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('config', help='config of the model')
    parser.add_argument('embeddings', type=Path, help='embeddings of labelled images that were not trained on')
    parser.add_argument('--out', type=output_file('.py'), required=True, help='config to write')
    parser.add_argument('--seed', type=int, default=0, help='seed of folds and bootstrap (default 0)')
    args = parser.parse_args()
    refuse_overwriting(parser, args.out, args.config)
    return args


def main() -> None:
    """Tune."""
    args = parse_args()
    with errors_in_a_sentence():
        cfg = read_config(args.config)
        embeddings = load_embeddings(args.embeddings)
        if not any(embeddings.columns.get('identity', ())):
            raise ValueError(f'{args.embeddings}: has no identities; extract a labelled set (--set val)')
        settings = post_processing_grid(list(embeddings.views))
        with progress('settings', len(settings)) as advance:
            tuned = tune(embeddings, settings, seed=args.seed, advance=advance)
    report(tuned)
    write_whole(args.out, config_text(args.config, args.out, cfg, tuned))
    print(f'wrote {args.out}')


def report(tuned: Tuned) -> None:
    """Print the best settings and the verdict."""
    means = tuned.scores.mean(1)
    table = Table(title=f'{len(means)} settings, {tuned.scores.shape[1]} identities')
    for column in ('identity-balanced mAP', 'over cosine', 'stages'):
        table.add_column(column)
    order = [int(place) for place in np.argsort(-means, kind='stable')[:SHOWN]]
    for place in order if 0 in order else [*order, 0]:
        table.add_row(f'{means[place]:.4f}', f'{means[place] - means[0]:+.4f}', described(tuned.settings[place]))
    Console(width=120).print(table)
    kept = 'kept: it exceeds the noise' if tuned.low > 0 else 'not kept: it is within the noise; plain cosine it is'
    print(f'gain on identities that had no part in the choice: {verdict(tuned)}; {kept}')


def verdict(tuned: Tuned) -> str:
    """Return the honest gain with its interval."""
    return f'{tuned.gain:+.4f} (95 % {tuned.low:+.4f} to {tuned.high:+.4f})'


def described(setting: Setting) -> str:
    """Return a setting in a line."""
    return ' > '.join(
        ' '.join([stage['type'], *(f'{key}={value}' for key, value in stage.items() if key != 'type')])
        for stage in setting
    )


def config_text(config: str, out: Path, cfg: Config, tuned: Tuned) -> str:
    """Return a config that is another one with the recommended stages."""
    comment = f'Chosen by jaguar-mm tune among {len(tuned.settings)} settings; held-out gain {verdict(tuned)}.'
    views = any(stage['type'] == 'Views' for stage in tuned.recommended)
    lines = [
        f'stages = {listed_stages(tuned.recommended)}',
        'val_evaluator = dict(stages=stages)',
        'test_evaluator = dict(stages=stages)',
    ]
    return inheriting(config, out, comment, [*lines, VIEWS] if views and not cfg.model.get('tta') else lines)
