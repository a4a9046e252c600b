"""Average the weights of several checkpoints.

jaguar-mm average CHECKPOINT... --out SOUP.pth

They are of one training, or of several that started from the same weights; others are too far apart, and so is their
mean from all of them. All are averaged; --greedy CONFIG begins with the best one on the config's validation set and
adds, from good to bad, only those that do no harm there:

  jaguar-mm average work_dirs/snapshots/epoch_*.pth --greedy configs/recipes/averaging/snapshots.py --out soup.pth

SOUP.pth is a checkpoint without the state of a training: to be tested, published or started from.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from mmengine.config import Config

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import output_file, refuse_overwriting
from jaguar_mm.cli.parser import Parser
from jaguar_mm.configs import add_config_options
from jaguar_mm.configs.read import read_config
from jaguar_mm.engine.checkpoints.average import average_weights, greedy_choice
from jaguar_mm.engine.checkpoints.file import read_checkpoint, write_checkpoint
from jaguar_mm.engine.validation import Validation


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('checkpoints', nargs='+', help='checkpoints that jaguar-mm train wrote')
    parser.add_argument('--out', type=output_file('.pth'), required=True, help='checkpoint to write')
    parser.add_argument('--greedy', metavar='CONFIG', help='choose by the validation set of this config')
    add_config_options(parser)
    args = parser.parse_args()
    refuse_overwriting(parser, args.out, *args.checkpoints)
    return args


def main() -> None:
    """Average."""
    args = parse_args()
    with errors_in_a_sentence():
        checkpoints = {path: read_checkpoint(path) for path in dict.fromkeys(args.checkpoints)}
        averaged = average_weights(checkpoints)  # also when only some are chosen: says at once if they do not fit
        if args.greedy:
            checkpoints = chosen(checkpoints, read_config(args.greedy, args.cfg_options))
            averaged = average_weights(checkpoints)
        write_checkpoint(args.out, soup(checkpoints, averaged))
    print(f'wrote {args.out}: the mean of {len(checkpoints)} ({", ".join(checkpoints)})')


def chosen(checkpoints: dict[str, dict], cfg: Config) -> dict[str, dict]:
    """Return the checkpoints that a greedy choice on a config's validation set takes; say what it saw.

    Raises:
        ValueError: If the config does not say which score is to be the best.
    """
    saver: dict[str, Any] = cfg.get('default_hooks', {}).get('checkpoint', {})
    metric, sign = saver.get('save_best'), -1 if saver.get('rule') == 'less' else 1
    if not metric:
        raise ValueError(f'{cfg.filename}: default_hooks.checkpoint.save_best says by which score to choose; set it')
    validate, paths = Validation(cfg), list(checkpoints)
    scores = [sign * validate(checkpoint, path)[metric] for path, checkpoint in checkpoints.items()]

    def score_of(places: list[int]) -> float:
        some = {paths[place]: checkpoints[paths[place]] for place in places}
        return sign * validate({'state_dict': average_weights(some)}, ' + '.join(some))[metric]

    places, reached = greedy_choice(scores, score_of)
    for path, score in zip(paths, scores, strict=True):
        print(f'{metric} {sign * score:.4f}  {path}')
    print(f'{metric} {sign * reached:.4f}  the mean of what is taken')
    return {paths[place]: checkpoints[paths[place]] for place in places}


def soup(checkpoints: dict[str, dict], averaged: dict[str, Any]) -> dict[str, Any]:
    """Return the checkpoint to write: what is on record is that of the first one, and which were averaged."""
    first = next(iter(checkpoints.values()))
    meta = {'iter': 0, 'epoch': 0, **(first.get('meta') or {})}
    return dict(meta=meta | {'average_of': [Path(path).name for path in checkpoints]}, state_dict=averaged)
