"""Cross-validate a model: jaguar-mm folds configs/eva02_gem.py [--folds 5] [--amp] [--cfg-options ...].

Trains a model for each fold with jaguar-mm train, to which further flags are handed on, and embeds the images that it
was not trained on with jaguar-mm embed. With `groups` in the data sets, a table of jaguar-mm find-duplicates, no fold
parts a burst. Started again, it goes on where it was stopped. The work dir gets

fold_<k>/        each training, and held_out.safetensors
out_of_fold.*    every image's embedding by the network that has not seen it (.safetensors), and its fold (.csv)
scores.csv       the scores of each fold, their mean and standard deviation

Embeddings of two folds come from two networks and must not be compared, so each fold is scored by itself: 'all' with
all its images, 'other_bursts' without those of the query's own burst. Its network is the last one of the training, as
the best one is chosen by these very images.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

from mmengine.config import Config
from rich.console import Console

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.parser import Parser
from jaguar_mm.cli.process import run_verb
from jaguar_mm.configs import parse_options
from jaguar_mm.configs.read import read_config
from jaguar_mm.configs.sets import loader_of
from jaguar_mm.datasets.records import all_records
from jaguar_mm.engine.checkpoints.folder import newest_whole_checkpoint
from jaguar_mm.evaluation.out_of_fold import fold_csv, join_folds, score_folds
from jaguar_mm.registry import DATASETS
from jaguar_mm.reports import print_scores, score_csv
from jaguar_mm.storage import EmbeddingSet, load_embeddings, save_embeddings
from jaguar_mm.storage.files import write_whole

LOADERS = ('train_dataloader', 'val_dataloader')


def parse_args() -> argparse.Namespace:
    """Read the command line; ``flags`` are those for jaguar-mm train."""
    parser = Parser(__doc__)
    parser.add_argument('config', help='train config file path')
    parser.add_argument('--folds', type=int, default=5, help='number of folds (default 5)')
    parser.add_argument('--work-dir', type=Path, help='default: work_dirs/<config name>_folds')
    parser.add_argument('--cfg-options', nargs='+', default=[], metavar='KEY=VALUE', help='override the config')
    args, args.flags = parser.parse_known_args()
    args.work_dir = args.work_dir or Path('work_dirs') / f'{Path(args.config).stem}_folds'
    return args


def main() -> None:
    """Cross-validate."""
    args = parse_args()
    with errors_in_a_sentence():
        cfg = fold_config(args.config, args.cfg_options)
        held_out = [records(cfg, fold, args.folds) for fold in range(args.folds)]
        check_job(args, cfg, held_out)
        tables = [finished_fold(args, fold) for fold in range(args.folds)]
        report(args.work_dir, tables, [record for fold in held_out for record in fold])


def fold_config(path: str, options: list[str]) -> Config:
    """Read the config with its overrides."""
    cfg = read_config(path, parse_options(options))
    for name in ('train', 'val'):
        if 'subset' not in loader_of(cfg, name).dataset:
            raise ValueError(
                f"{path}: {name}_dataloader.dataset has no subset='train' or 'val' of one table to cut into folds"
            )
    return cfg


def records(cfg: Config, fold: int, folds: int) -> list[dict]:
    """Return the records of the images that a fold holds out."""
    dataset = DATASETS.build(cfg.val_dataloader.dataset | dict(fold=fold, folds=folds, pipeline=[]))
    return all_records(dataset)


def check_job(args: argparse.Namespace, cfg: Config, held_out: list[list[dict]]) -> None:
    """Write down what the folds depend on; refuse a work dir with folds of something else."""
    parts = [sorted((record['image_name'], record['identity']) for record in fold) for fold in held_out]
    job = {
        'config': hashlib.sha256(cfg.pretty_text.encode()).hexdigest(),
        'flags': args.flags,
        'folds': args.folds,
        'images': hashlib.sha256(json.dumps(parts).encode()).hexdigest(),
    }
    record, text = args.work_dir / 'job.json', json.dumps(job, indent=1)
    if record.is_file() and record.read_text(encoding='utf-8') != text:
        raise ValueError(
            f'{args.work_dir}: has folds of another config, table or number of folds (see job.json); '
            f'choose another --work-dir or remove it'
        )
    write_whole(record, text)


def finished_fold(args: argparse.Namespace, fold: int) -> EmbeddingSet:
    """Train and embed a fold, as far as that is not done yet."""
    work = args.work_dir / f'fold_{fold}'
    embedded = work / 'held_out.safetensors'
    if not embedded.is_file():
        Console().rule(f'fold {fold} of {args.folds}')
        cut = [f'{loader}.dataset.{what}' for loader in LOADERS for what in (f'fold={fold}', f'folds={args.folds}')]
        options = ('--cfg-options', *args.cfg_options, *cut)
        run_verb('train', args.config, '--work-dir', str(work), '--resume', *args.flags, *options)
        checkpoint = str(newest_whole_checkpoint(work))
        run_verb('embed', args.config, checkpoint, '--set', 'val', '--out', str(embedded), *options)
    return load_embeddings(embedded)


def report(work_dir: Path, tables: list[EmbeddingSet], images: list[dict]) -> None:
    """Write the joined embeddings and the scores, and print these."""
    save_embeddings(work_dir / 'out_of_fold.safetensors', join_folds(tables))
    write_whole(work_dir / 'out_of_fold.csv', fold_csv(tables))
    grouped = all('group' in image for image in images)
    groups = {image['image_name']: image['group'] for image in images} if grouped else None
    scores = score_folds(tables, groups)
    write_whole(work_dir / 'scores.csv', score_csv(scores))
    print_scores(scores, title=f'{len(tables)} folds, each scored by itself')
    print(f'wrote {work_dir / "scores.csv"} and {work_dir / "out_of_fold.safetensors"}')
