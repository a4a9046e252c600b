"""Find a learning rate: train with one that grows, and see where the loss falls and explodes.

jaguar-mm find-lr CONFIG --out lr.png

Trains the config's model on its images with its optimiser for --steps updates of the weights, at a rate that grows from
--low to --high by the same factor each time (Smith, WACV 2017), and ends when the loss explodes. Writes a plot and,
beside it, a table (lr.csv). What is suggested is the rate at which the loss falls most steeply; it is a start, try half
and twice as much too. Nothing else is written, and the model is thrown away.
"""

from __future__ import annotations

import argparse

import numpy as np

from jaguar_mm.cli.answer import answering
from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import add_json, at_least_one, output_file
from jaguar_mm.cli.parser import Parser
from jaguar_mm.cli.progress import progress
from jaguar_mm.configs import add_config_options
from jaguar_mm.configs.sets import require
from jaguar_mm.engine.launch import load_config
from jaguar_mm.engine.rate_search import search_rate
from jaguar_mm.reports.rate_plot import draw_rates, rates_csv
from jaguar_mm.storage import write_whole


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('config', help='config of the training')
    parser.add_argument(
        '--out', type=output_file('.png'), required=True, help='plot to write; the table lies beside it'
    )
    parser.add_argument('--low', type=float, default=1e-6, help='first rate (default %(default)s)')
    parser.add_argument('--high', type=float, default=10.0, help='last rate (default %(default)s)')
    parser.add_argument('--steps', type=at_least_one, default=100, help='updates of the weights (default %(default)s)')
    add_json(parser)
    add_config_options(parser)
    parser.set_defaults(work_dir=None, launcher='none', local_rank=0, no_pin_memory=False)
    args = parser.parse_args()
    if not 0 < args.low < args.high:
        parser.error(f'argument --low: must be above 0 and below --high, which is {args.high:g}')
    return args


def main() -> None:
    """Search."""
    args = parse_args()
    with answering(args.json) as answer, errors_in_a_sentence():
        cfg = load_config(args)
        require(cfg, 'optim_wrapper', 'train_cfg', 'default_hooks')
        with progress('steps', args.steps) as advance:
            found = search_rate(cfg, np.geomspace(args.low, args.high, args.steps).tolist(), advance)
        curves = found.rates, found.losses, found.smoothed
        write_whole(args.out, draw_rates(*curves, found.suggested))
        table = write_whole(args.out.with_suffix('.csv'), rates_csv(*curves))
        if found.suggested is None:
            print(f'the loss does not fall at any rate up to {found.rates[-1]:.2g}: {args.out} shows it')
        else:
            print(f'optim_wrapper.optimizer.lr={found.suggested:.2g}  (there the loss falls most steeply)')
        print(f'wrote {args.out} and {table}')
        answer |= {'out': args.out, 'table': table, 'suggested': found.suggested, 'highest': float(found.rates[-1])}
