"""Test a model: jaguar-mm test CONFIG CHECKPOINT [--tta] [--out FILE] ...

On the competition's test.csv it writes <work dir>/submission.csv; where identities are known it scores.
"""

from __future__ import annotations

import argparse

import mmengine
from mmengine.config import Config
from mmengine.evaluator import DumpResults

from jaguar_mm.cli.answer import answering
from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import add_json, output_file
from jaguar_mm.cli.parser import Parser
from jaguar_mm.configs.sets import require
from jaguar_mm.engine.launch import add_launch_arguments, build_runner, load_config, trace_in_log
from jaguar_mm.engine.rendezvous import parting
from jaguar_mm.networks import EmbeddingTTA

ENDINGS = {'pred': ('.pkl', '.pickle'), 'metrics': ('.json', '.yaml', '.yml', '.pkl', '.pickle')}  # of --out


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser('Test (and evaluate) a model')
    parser.add_argument('config', help='test config file path')
    parser.add_argument('checkpoint', help="checkpoint file, or 'none' for the network as it starts")
    parser.add_argument('--work-dir', help='folder of scores, reports and the submission')
    parser.add_argument('--out', help='file for predictions (.pkl) or metrics (.json, .yaml, .pkl)')
    parser.add_argument('--out-item', choices=['metrics', 'pred'], help='what --out holds; predictions by default')
    parser.add_argument('--amp', action='store_true', help='test in automatic mixed precision')
    parser.add_argument('--show-dir', help='folder for an image of every prediction')
    parser.add_argument('--show', action='store_true', help='show every prediction in a window')
    parser.add_argument('--interval', type=int, default=1, help='show one prediction in so many')
    parser.add_argument('--wait-time', type=float, default=2, help='seconds that a window stays')
    parser.add_argument('--tta', action='store_true', help='average the embeddings of test-time views (cfg.tta_model)')
    add_json(parser)
    add_launch_arguments(parser)
    args = parser.parse_args()
    if args.out_item and not args.out:
        parser.error('--out-item says what --out holds: give --out FILE as well')
    if args.out:
        try:
            output_file(*ENDINGS[args.out_item or 'pred'])(args.out)
        except argparse.ArgumentTypeError as error:
            parser.error(f'argument --out: {error}')
    return args


def apply_flags(cfg: Config, args: argparse.Namespace) -> None:
    """Turn the flags into config settings."""
    cfg.load_from = None if args.checkpoint == 'none' else args.checkpoint
    if args.amp:
        require(cfg, 'test_cfg')
        cfg.test_cfg.fp16 = True
    if args.show or args.show_dir:
        require(cfg, 'default_hooks')
        cfg.default_hooks.setdefault('visualization', dict(type='VisualizationHook')).update(
            enable=True, show=args.show, out_dir=args.show_dir, interval=args.interval, wait_time=args.wait_time
        )
    if args.tta:
        switch_on_views(cfg)


def switch_on_views(cfg: Config) -> None:
    """Average test-time views in the model and use the average from the first stage on that has none yet."""
    require(cfg, 'model', 'test_evaluator')
    cfg.model.tta = cfg.get('tta_model') or dict(type='EmbeddingTTA', flip=True)
    view = EmbeddingTTA(**{key: value for key, value in cfg.model.tta.items() if key != 'type'}).name
    first, *others = cfg.test_evaluator.get('stages', [dict(type='Cosine')])
    if not any(stage['type'] == 'Views' for stage in (first, *others)):
        cfg.test_evaluator.stages = [first, dict(type='Views', view=view), *others]


@parting
def main() -> None:
    """Test."""
    args = parse_args()
    with answering(args.json) as answer, errors_in_a_sentence():
        cfg = load_config(args, apply_flags)
        with trace_in_log():
            runner = build_runner(cfg, to_train=False)
            if args.out and args.out_item != 'metrics':
                runner.test_evaluator.metrics.append(DumpResults(out_file_path=args.out))
            metrics = runner.test()
        if args.out and args.out_item == 'metrics':
            mmengine.dump(metrics, args.out)
        answer |= {'work_dir': cfg.work_dir, 'metrics': metrics}
