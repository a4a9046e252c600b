"""Embed images with a published model, or with a config and its checkpoint.

jaguar-mm embed MODEL.safetensors --folder FOLDER --out FILE.safetensors
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
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jaguar_mm.cli.answer import answering
from jaguar_mm.cli.errors import INCOMPLETE, errors_in_a_sentence
from jaguar_mm.cli.flags import add_json, add_set, at_least_one, output_file, refuse_overwriting
from jaguar_mm.cli.folder import images_in
from jaguar_mm.cli.progress import progress
from jaguar_mm.configs import add_config_options
from jaguar_mm.configs.sets import loader_of, require
from jaguar_mm.encoders import Encoder, load_encoder
from jaguar_mm.encoders.known import Known
from jaguar_mm.encoders.records import Record, records_of, with_content
from jaguar_mm.storage import EmbeddingSet, csv_text, load_embeddings, save_embeddings, write_whole
from jaguar_mm.storage.unknown import known_columns

if TYPE_CHECKING:
    from mmengine.config import Config

SHOWN = 10  # images left out that are named on the screen
BATCH_SIZE, WORKERS = 32, 2  # of a published model


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('model', help='a published model (.safetensors), or a config')
    parser.add_argument('checkpoint', nargs='?', help="of a config: its file, or 'none' for the network as it starts")
    parser.add_argument('--out', type=output_file('.safetensors'), required=True, help='file to write, .safetensors')
    source = parser.add_mutually_exclusive_group()
    source.add_argument('--folder', type=Path, help='embed all images in and below this folder')
    add_set(source, 'test')
    parser.add_argument('--animal-folders', action='store_true', help='each folder in --folder holds one animal')
    parser.add_argument('--unknown', nargs='*', help='names of such folders that stand for nobody')
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
    if args.checkpoint is None and (not args.model.endswith('.safetensors') or args.folder is None):
        parser.error('give a published model (.safetensors) and --folder, or a config and a checkpoint')
    refuse_overwriting(parser, args.out, args.model, args.checkpoint)
    return args


def main() -> None:
    """Embed."""
    args = parse_args()
    with answering(args.json) as answer, errors_in_a_sentence():
        encoder, records, sizes = published(args) if args.checkpoint is None else configured(args)
        embedded, left_out = embed(args, encoder, records, sizes)
        answer |= {'out': args.out, 'images': len(embedded), 'width': embedded.width, 'left_out': left_out}
    raise SystemExit(INCOMPLETE if left_out else 0)


def published(args: argparse.Namespace) -> tuple[Encoder, Sequence[Record], dict[str, int]]:
    """Return a published model, the images of a folder, and how many are prepared and embedded at once."""
    encoder, (names, _) = load_encoder(args.model, amp=args.amp), images_in(args.folder)
    records = [{'image_name': name, 'img_path': str(args.folder / name)} for name in names]
    if args.animal_folders:
        records = with_animals(args.folder, records, args.unknown)
    return encoder, records, dict(batch_size=BATCH_SIZE, workers=WORKERS)


def with_animals(folder: Path, records: list[Record], unknown: Sequence[str] | None) -> list[Record]:
    """Return records with the identity that the first folder below is called by.

    Raises:
        ValueError: If an image is in none, or a folder's name usually stands for nobody and nothing is said of it.
    """
    for record in records:
        if '/' not in record['image_name']:
            raise ValueError(f'{folder}: {record["image_name"]!r} is in no folder of an animal; move it into one')
    named = {'folder': [record['image_name'].partition('/')[0] for record in records]}
    identities = known_columns(folder, named, unknown, 'images', '--unknown {}')['folder']
    return [{**record, 'identity': identity} for record, identity in zip(records, identities, strict=True)]


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


def embed(
    args: argparse.Namespace, encoder: Encoder, records: Sequence[Record], sizes: dict[str, int]
) -> tuple[EmbeddingSet, dict[str, str]]:
    """Embed what is missing and write the file.

    Returns:
        The embeddings, and the images that were left out with the reason.
    """
    known = Known({str(path): load_embeddings(path) for path in args.known}, encoder)
    records = with_content(records)
    new = known.missing(records)
    parts = args.out.with_name(f'{args.out.name}.parts')
    left_out: dict[str, str] = {}
    embedded = None
    if new:
        given = {name: getattr(args, name) for name in sizes if getattr(args, name)}
        with progress('images', len(new)) as advance:
            embedded = encoder(
                new,
                views=encoder.views if args.tta else (),
                parts=parts,
                keep=True,  # until the file is written
                unusable=left_out if args.skip_unusable else None,
                advance=advance,
                **sizes | given,
            )
    whole = known.joined(records, embedded)
    if args.skip_unusable:
        report_left_out(args.out.with_name(f'{args.out.stem}_unusable.csv'), left_out)
    save_embeddings(args.out, whole)
    shutil.rmtree(parts, ignore_errors=True)
    print(f'wrote {len(whole)} embeddings of width {whole.width} to {args.out}')
    if len(new) < len(records):
        print(f'{len(records) - len(new)} images were known')
    return whole, left_out


def report_left_out(path: Path, left_out: dict[str, str]) -> None:
    """Write which images were left out and why, and name the first ones on the screen."""
    write_whole(path, csv_text(['filename', 'problem'], left_out.items()))
    for why in list(left_out.values())[:SHOWN]:
        print(f'left out   {why}')
    if left_out:
        print(f'left out {len(left_out)} images that cannot be used, see {path}')
