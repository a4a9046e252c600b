"""Embed images with a published model, or with a config and its checkpoint.

jaguar-mm embed MODEL.safetensors --folder FOLDER --out FILE.safetensors
jaguar-mm embed built-in --folder FOLDER --out FILE.safetensors
jaguar-mm embed CONFIG CHECKPOINT --out FILE.safetensors [--set val | --folder FOLDER] ...

A published model embeds a folder and needs nothing of OpenMMLab; with --animal-folders each folder in it is an animal
of that name. A config with a checkpoint embeds its test set, its validation set, or a folder. An interrupted run,
started again, goes on with the batch that it was at; FILE appears only when all are done. With --known
EARLIER.safetensors, images that were embedded before are not embedded again.

An image that cannot be used ends the run with one sentence; jaguar-mm check-data finds all of them beforehand. With
--skip-unusable such images are left out and listed, with the reason, in FILE_unusable.csv (for FILE.safetensors; only
its header if there are none). The exit code is then 3 if any was left out, and 0 if FILE has all of them.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jaguar_mm.cli.answer import answering
from jaguar_mm.cli.embedding import BATCH_SIZE, WORKERS, embed_records, folder_records
from jaguar_mm.cli.errors import INCOMPLETE, errors_in_a_sentence
from jaguar_mm.cli.flags import (
    add_animal_folders,
    add_json,
    add_set,
    at_least_one,
    output_file,
    refuse_overwriting,
    refuse_unknown_alone,
)
from jaguar_mm.cli.parser import Parser
from jaguar_mm.configs import add_config_options
from jaguar_mm.configs.sets import loader_of, require
from jaguar_mm.encoders import Encoder, load_encoder
from jaguar_mm.encoders.built_in import NAME as BUILT_IN
from jaguar_mm.encoders.records import Record, records_of
from jaguar_mm.storage import load_embeddings

if TYPE_CHECKING:
    from mmengine.config import Config


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument('model', help=f'a published model (.safetensors), {BUILT_IN}, or a config')
    parser.add_argument('checkpoint', nargs='?', help="of a config: its file, or 'none' for the network as it starts")
    parser.add_argument('--out', type=output_file('.safetensors'), required=True, help='file to write, .safetensors')
    source = parser.add_mutually_exclusive_group()
    source.add_argument('--folder', type=Path, help='embed all images in and below this folder')
    add_set(source, 'test')
    add_animal_folders(parser, '--folder')
    parser.add_argument('--known', type=Path, nargs='+', default=[], help='files with images embedded before')
    parser.add_argument('--skip-unusable', action='store_true', help='leave out images that cannot be used')
    parser.add_argument('--amp', action='store_true', help='embed in automatic mixed precision')
    parser.add_argument('--tta', action='store_true', help='embed the average of test-time views too')
    parser.add_argument('--batch-size', type=at_least_one, help='images embedded at once')
    parser.add_argument('--workers', type=at_least_one, help='threads that read images')
    add_json(parser)
    add_config_options(parser)
    args = parser.parse_args()
    if args.animal_folders and (args.folder is None or args.checkpoint is not None):
        parser.error('--animal-folders goes with a published model and --folder')
    if args.checkpoint is None and (not is_encoder(args.model) or args.folder is None):
        parser.error(
            f'give a published model (.safetensors) or {BUILT_IN} with --folder, or a config with a checkpoint'
        )
    refuse_overwriting(parser, args.out, args.model, args.checkpoint)
    return args


def is_encoder(model: str) -> bool:
    """Return whether a model needs no config: a published one, or the built-in one."""
    return model == BUILT_IN or model.endswith('.safetensors')


def main() -> None:
    """Embed."""
    args = parse_args()
    with answering(args.json) as answer, errors_in_a_sentence():
        refuse_unknown_alone(args)
        encoder, records, sizes = published(args) if args.checkpoint is None else configured(args)
        if args.tta and not encoder.views:
            raise ValueError(f'{args.model}: has no test-time views; leave out --tta')
        given = {name: getattr(args, name) for name in sizes if getattr(args, name)}
        embedded, left_out = embed_records(
            encoder,
            records,
            args.out,
            known={str(path): load_embeddings(path) for path in args.known},
            views=encoder.views if args.tta else (),
            skip_unusable=args.skip_unusable,
            **sizes | given,
        )
        answer |= {'out': args.out, 'images': len(embedded), 'width': embedded.width, 'left_out': left_out}
    raise SystemExit(INCOMPLETE if left_out else 0)


def published(args: argparse.Namespace) -> tuple[Encoder, Sequence[Record], dict[str, int]]:
    """Return a published model, the images of a folder, and how many are prepared and embedded at once."""
    encoder = load_encoder(args.model, amp=args.amp)
    records = folder_records(args.folder, animal_folders=args.animal_folders, unknown=args.unknown)
    return encoder, records, dict(batch_size=BATCH_SIZE, workers=WORKERS)


def configured(args: argparse.Namespace) -> tuple[Encoder, Sequence[Record], dict[str, int]]:
    """Return the same for a config with a checkpoint."""
    from jaguar_mm.configs.read import read_config
    from jaguar_mm.engine.config_encoder import config_encoder, dataset_of
    from jaguar_mm.engine.embedding_model import build_model

    cfg = read_config(args.model, args.cfg_options, partial(apply_flags, args=args))
    loader = loader_of(cfg, args.set)
    model = build_model(cfg, args.checkpoint, f'{args.set}_dataloader')  # first: sets the scope of the registries
    dataset = dataset_of(loader, args.folder)
    sizes = dict(batch_size=loader.batch_size, workers=loader.num_workers)
    return config_encoder(cfg, model, loader, dataset), records_of(dataset), sizes


def apply_flags(cfg: Config, args: argparse.Namespace) -> None:
    """Turn the flags into settings; test-time views are embedded if and only if they are asked for."""
    require(cfg, 'model')
    views = cfg.model.get('tta') or cfg.get('tta_model') or dict(type='EmbeddingTTA', flip=True)
    cfg.model.tta = views if args.tta else None
    if args.amp:
        cfg.test_cfg = dict(fp16=True)
