"""Embed pictures: python tools/extract.py CONFIG CHECKPOINT --out FILE.safetensors [--images FOLDER] ...

Takes the pictures of the config's test set, or all in a folder. An interrupted run, started again, goes on with the
batch that it was at; FILE appears only when all are done.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from torch.utils.data import BatchSampler

from jaguar_mm.batches import Batches
from jaguar_mm.command_line import errors_in_a_sentence, progress
from jaguar_mm.configs import add_config_options, read_config
from jaguar_mm.datasets.records import all_records
from jaguar_mm.embedding_table import EmbeddingTable, check_ending, save_embeddings
from jaguar_mm.engine.checkpoints.file import CheckpointError
from jaguar_mm.engine.extraction import build_model, embed_batches, embedding_job
from jaguar_mm.registry import DATASETS


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config of the model')
    parser.add_argument('checkpoint', help="checkpoint file, or 'none' for the network as it starts")
    parser.add_argument('--out', type=Path, required=True, help='file to write, .safetensors or .npz')
    source = parser.add_mutually_exclusive_group()
    source.add_argument('--images', help='folder of pictures to embed instead of the test set')
    source.add_argument('--set', choices=['val', 'test'], default='test', help="which of the config's sets to embed")
    parser.add_argument('--tta', action='store_true', help='average the embeddings of test-time views')
    add_config_options(parser)
    return parser.parse_args()


def main() -> None:
    """Extract."""
    args = parse_args()
    with errors_in_a_sentence(CheckpointError):
        check_ending(args.out)
        extract(args)


def extract(args: argparse.Namespace) -> None:
    """Embed what is missing and write the file."""
    cfg = read_config(args.config, args.cfg_options, partial(set_views, wanted=args.tta))
    name = f'{args.set}_dataloader'
    model = build_model(cfg, args.checkpoint, name)  # also sets the scope in which the data set is looked up
    loader = cfg[name]
    dataset = build_dataset(loader, args.images)
    records = all_records(dataset)
    plan = list(BatchSampler(range(len(records)), loader.batch_size, drop_last=False))
    batches = Batches(
        args.out.with_name(f'{args.out.name}.parts'), embedding_job(cfg, args.checkpoint, records), len(plan)
    )
    done = len(records) - sum(len(plan[batch]) for batch in batches.missing())
    half = torch.cuda.is_available() and cfg.test_cfg.get('fp16', False)
    with progress('pictures', len(records), done) as advance:
        embed_batches(model, dataset, plan, batches, workers=loader.num_workers, half=half, advance=advance)
    table = table_of(records, batches.joined())
    save_embeddings(args.out, table)
    batches.discard()
    print(f'wrote {len(records)} embeddings of width {table.embeddings.shape[1]} to {args.out}')
    if done:
        print(f'{done} of them were there from an interrupted run')


def table_of(records: list[dict], embeddings: np.ndarray) -> EmbeddingTable:
    """Return embeddings with names and, if all are known, identities."""
    identities = [record['identity'] for record in records]
    known = None if None in identities else identities
    return EmbeddingTable([record['image_name'] for record in records], embeddings, known)


def set_views(cfg: Config, wanted: bool) -> None:
    """Embed with test-time views if and only if they are asked for."""
    views = cfg.model.get('tta') or cfg.get('tta_model') or dict(type='EmbeddingTTA', flip=True)
    cfg.model.tta = views if wanted else None


def build_dataset(loader: Config, images: str | None) -> BaseDataset:
    """Build the set's data set, or one of a folder's pictures that go through the same transforms."""
    if images is None:
        return DATASETS.build(loader.dataset)
    return DATASETS.build(dict(type='PictureFolder', folder=images, pipeline=loader.dataset.pipeline, test_mode=True))


if __name__ == '__main__':
    main()
