"""Train a model: jaguar-mm train configs/eva02_gem.py [--work-dir DIR] [--resume] [--amp] ..."""

from __future__ import annotations

import argparse

from mmengine.config import Config

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.parser import Parser
from jaguar_mm.configs.sets import require
from jaguar_mm.engine.launch import add_launch_arguments, build_runner, load_config, trace_in_log
from jaguar_mm.engine.rendezvous import parting


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser('Train a model')
    parser.add_argument('config', help='train config file path')
    parser.add_argument('--work-dir', help='folder of logs and checkpoints')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        help='resume from the given checkpoint, or from the latest one in the work dir',
    )
    parser.add_argument('--amp', action='store_true', help='train in automatic mixed precision')
    parser.add_argument('--no-validate', action='store_true', help='do not evaluate during training')
    parser.add_argument(
        '--auto-scale-lr', action='store_true', help='scale the learning rate by the actual over the base batch size'
    )
    parser.add_argument(
        '--no-persistent-workers', action='store_true', help='switch persistent_workers off in the dataloaders'
    )
    add_launch_arguments(parser)
    return parser.parse_args()


def apply_flags(cfg: Config, args: argparse.Namespace) -> None:
    """Turn the flags into config settings."""
    if args.amp:
        require(cfg, 'optim_wrapper')
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    if args.resume:
        cfg.resume = True
        cfg.load_from = None if args.resume == 'auto' else args.resume
    if args.auto_scale_lr:
        require(cfg, 'auto_scale_lr')
        cfg.auto_scale_lr.enable = True
    for name in ('train_dataloader', 'val_dataloader'):
        if cfg.get(name) and args.no_persistent_workers:
            cfg[name].persistent_workers = False


@parting
def main() -> None:
    """Train."""
    args = parse_args()
    with errors_in_a_sentence():
        cfg = load_config(args, apply_flags)
        if args.no_validate:  # last, since --cfg-options may speak of what it removes
            cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
        with trace_in_log():
            build_runner(cfg).train()
