"""Embed pictures: jaguar-mm embed CONFIG CHECKPOINT --out FILE.safetensors [--images FOLDER] ...

Takes the pictures of the config's test set, or all in a folder. An interrupted run, started again, goes on with the
batch that it was at; FILE appears only when all are done.

An image that cannot be used ends the run with one sentence; jaguar-mm check-data finds all of them beforehand. With
--skip-unusable such images are left out and listed, with the reason, in FILE_unusable.csv (for FILE.safetensors; only
its header if there are none). The exit code is then 3 if any was left out, and 0 if FILE has all of them.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from torch.utils.data import BatchSampler

from jaguar_mm.cli.errors import errors_in_a_sentence
from jaguar_mm.cli.flags import output_file
from jaguar_mm.cli.progress import progress
from jaguar_mm.configs import add_config_options, read_config
from jaguar_mm.datasets.records import all_records
from jaguar_mm.encoders.records import columns_of, names_of
from jaguar_mm.engine.checkpoints.file import CheckpointError
from jaguar_mm.engine.checkpoints.recorded_config import nested_dicts
from jaguar_mm.engine.extraction import build_model, embed_batches, embedding_job, encoder_fingerprint
from jaguar_mm.images import ImageError
from jaguar_mm.registry import DATASETS
from jaguar_mm.storage import Batches, EmbeddingSet, csv_text, save_embeddings, write_whole

LEFT_OUT = 3  # exit code
SHOWN = 10  # images left out that are named on the screen


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config of the model')
    parser.add_argument('checkpoint', help="checkpoint file, or 'none' for the network as it starts")
    parser.add_argument('--out', type=output_file('.safetensors'), required=True, help='file to write, .safetensors')
    source = parser.add_mutually_exclusive_group()
    source.add_argument('--folder', help='all images in and below this folder')
    source.add_argument('--set', choices=['val', 'test'], default='test', help="which of the config's sets to embed")
    parser.add_argument('--skip-unusable', action='store_true', help='leave out images that cannot be used')
    parser.add_argument('--tta', action='store_true', help='embed the average of test-time views too')
    add_config_options(parser)
    return parser.parse_args()


def main() -> None:
    """Extract."""
    args = parse_args()
    with errors_in_a_sentence(CheckpointError):
        left_out = extract(args)
    raise SystemExit(LEFT_OUT if left_out else 0)


def extract(args: argparse.Namespace) -> dict[str, str]:
    """Embed what is missing and write the file.

    Returns:
        Names of the images that were left out, with the reason.

    Raises:
        ImageError: If an image cannot be used and is not to be left out.
    """
    cfg = read_config(args.config, args.cfg_options, partial(set_views, wanted=args.tta))
    name = f'{args.set}_dataloader'
    model = build_model(cfg, args.checkpoint, name)  # also sets the scope in which the data set is looked up
    loader = cfg[name]
    dataset = build_dataset(loader, args.folder)
    records = all_records(dataset)
    plan = list(BatchSampler(range(len(records)), loader.batch_size, drop_last=False))
    job = embedding_job(cfg, args.checkpoint, records, model)
    batches = Batches(args.out.with_name(f'{args.out.name}.parts'), job, len(plan))
    done = len(records) - sum(len(plan[batch]) for batch in batches.missing())
    half = torch.cuda.is_available() and cfg.test_cfg.get('fp16', False)
    with progress('pictures', len(records), done) as advance:
        embed_batches(
            model,
            dataset,
            plan,
            batches,
            workers=loader.num_workers,
            half=half,
            skip_unusable=args.skip_unusable,
            advance=advance,
        )
    unusable = {plan[batch][place]: why for batch in range(len(plan)) for place, why in batches.unusable(batch).items()}
    if unusable and not args.skip_unusable:  # an interrupted run left them out
        raise ImageError(next(iter(unusable.values())))
    left_out = {records[index]['image_name']: why for index, why in unusable.items()}
    usable = [record for index, record in enumerate(records) if index not in unusable]
    embeddings = batches.joined()  # (N, V, D)
    embedded = EmbeddingSet(
        names=names_of(usable),
        vectors=embeddings[:, 0],
        columns=columns_of(usable),
        views={model.tta.name: embeddings[:, 1]} if model.tta else {},
        encoder=encoder_fingerprint(cfg, model, name),
    )
    if args.skip_unusable:
        report_left_out(args.out.with_name(f'{args.out.stem}_unusable.csv'), left_out)
    save_embeddings(args.out, embedded)
    batches.discard()
    print(f'wrote {len(embedded)} embeddings of width {embedded.width} to {args.out}')
    if done:
        print(f'{done} pictures were done by an interrupted run')
    return left_out


def report_left_out(path: Path, left_out: dict[str, str]) -> None:
    """Write which images were left out and why, and name the first ones on the screen."""
    write_whole(path, csv_text(['filename', 'problem'], left_out.items()))
    for why in list(left_out.values())[:SHOWN]:
        print(f'left out   {why}')
    if left_out:
        print(f'left out {len(left_out)} images that cannot be used, see {path}')


def set_views(cfg: Config, wanted: bool) -> None:
    """Embed with test-time views if and only if they are asked for."""
    views = cfg.model.get('tta') or cfg.get('tta_model') or dict(type='EmbeddingTTA', flip=True)
    cfg.model.tta = views if wanted else None


def build_dataset(loader: Config, images: str | None) -> BaseDataset:
    """Build the set's data set, or one of a folder's pictures that go through the same transforms."""
    if images is None:
        return DATASETS.build(loader.dataset)
    pipeline = next(found['pipeline'] for found in nested_dicts(loader.dataset) if 'pipeline' in found)
    return DATASETS.build(dict(type='PictureFolder', folder=images, pipeline=pipeline, test_mode=True))
