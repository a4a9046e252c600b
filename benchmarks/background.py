"""The reliance report put to the test: it must expose a model that learns the place and clear one that cannot.

taskset -c 1 python benchmarks/background.py [--seeds 3]

On synthetic competitions where nine images in ten are taken at the animal's own station, in training and in the test,
the CPU-size v1 is trained as it is and with random backgrounds, everything else equal, from random weights, which have
to learn what tells animals apart; and as it is from the shipped encoder, which knows coats. Every step runs the very
tool that a user would run; a training that is done is not repeated. Writes results/background.json and .png.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from running import ROOT, run_tool

from jaguar_mm.reports.background import draw_conditions
from jaguar_mm.storage.files import write_whole

WORK, RESULTS = ROOT / 'work_dirs' / 'background', ROOT / 'benchmarks' / 'results'
RELIANCE, IMAGE_SIZE = 0.9, 160
CONFIG = 'configs/synthetic/v1_resnet10t_arcface.py'
RANDOM_BACKGROUND = (
    'train_dataloader.dataset.pipeline.mask.background=random',
    'val_dataloader.dataset.pipeline.mask.background=mean',
    'test_dataloader.dataset.pipeline.mask.background=mean',
)
FROM_SCRATCH = ('model.backbone.checkpoint_path=', 'train_cfg.max_epochs=20')
FROM_ENCODER = ('train_cfg.max_epochs=8',)


class Model(NamedTuple):
    """What is trained.

    Attributes:
        name: In the table.
        folder: Of its work dirs.
        options: What differs from the config.
    """

    name: str
    folder: str
    options: tuple[str, ...]


MODELS = (
    Model('v1, background kept', 'kept', FROM_SCRATCH),
    Model('v1, random background', 'random', (*FROM_SCRATCH, *RANDOM_BACKGROUND)),
    Model('v1 from the encoder, background kept', 'kept_encoder', FROM_ENCODER),
)


def data_of(seed: int) -> Path:
    """Return the folder of a competition, made if it is not there."""
    data = WORK / f'data_{seed}'
    if not data.exists():
        options = ['--size', IMAGE_SIZE, '--background-reliance', RELIANCE, '--workers', 1]
        run_tool('synthesise', '--out', data, '--seed', seed, *options)
    return data


def report(model: Model, seed: int) -> dict:
    """Return the report on a model, trained unless it is there already."""
    work, data = WORK / f'{model.folder}_{seed}', data_of(seed)
    loaders = ('train_dataloader', 'val_dataloader', 'test_dataloader')
    options = [f'data_root={str(data)!r}', *(f'{loader}.num_workers=0' for loader in loaders)]
    options += ['train_dataloader.persistent_workers=False', f'randomness.seed={seed}', *model.options]
    if not (work / 'done').exists():
        run_tool('train', CONFIG, '--work-dir', work, '--no-validate', '--cfg-options', *options)
        write_whole(work / 'done', '')
    checkpoint = (work / 'last_checkpoint').read_text(encoding='utf-8').strip()
    where = ['--set', 'test', '--out', work / 'reports' / 'test', '--seed', seed]
    run_tool('background', CONFIG, checkpoint, *where, '--cfg-options', *options)
    found = json.loads((work / 'reports' / 'test' / 'background.json').read_text(encoding='utf-8'))
    return {key: found[key] for key in ('conditions', 'animal', 'place', 'nearer_place', 'ratio', 'verdict')}


def scores_of(found: dict) -> dict[str, dict[str, float]]:
    """Return the rows of a report."""
    return found['conditions'] | {'swapped query: animal': found['animal'], 'swapped query: owner': found['place']}


def over_seeds(reports: list[dict]) -> dict[str, dict[str, float]]:
    """Return the mean over seeds of every row, and the least and the greatest."""
    rows = {}
    for condition in scores_of(reports[0]):
        values = [scores_of(found)[condition]['mean_ap'] for found in reports]
        chance = np.mean([scores_of(found)[condition]['chance'] for found in reports])
        rows[condition] = dict(mAP_ib=float(np.mean(values)), low=min(values), high=max(values), chance=float(chance))
    return rows


def print_table(rows: dict[str, dict[str, dict[str, float]]], reports: dict[str, list[dict]]) -> None:
    """Print the table of the README: a column a model, mean over seeds with the least and the greatest."""
    print('|', *(f'| {name} ' for name in rows), '|')
    print('|---' * (len(rows) + 1) + '|')
    for condition in next(iter(rows.values())):
        cells = [row[condition] for row in rows.values()]
        texts = [f'{cell["mAP_ib"]:.3f} ({cell["low"]:.3f} to {cell["high"]:.3f})' for cell in cells]
        print(f'| {condition} |', ' | '.join(texts), '|')
    for key in ('ratio', 'nearer_place'):
        texts = [', '.join(str(found[key] and round(found[key], 2)) for found in reports[name]) for name in rows]
        print(f'| {key} |', ' | '.join(texts), '|')
    texts = [', '.join(found['verdict'].partition(':')[0] for found in reports[name]) for name in rows]
    print('| verdict |', ' | '.join(texts), '|')


def main() -> None:
    """Train, report, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seeds', type=int, default=3, help='competitions, each trained on by every model (default 3)')
    seeds, start = range(parser.parse_args().seeds), time.perf_counter()
    reports = {model.name: [report(model, seed) for seed in seeds] for model in MODELS}
    rows = {name: over_seeds(found) for name, found in reports.items()}
    print_table(rows, reports)
    settings = dict(reliance=RELIANCE, image_size=IMAGE_SIZE, seeds=len(seeds), torch=torch.__version__)
    result = dict(settings=settings, rows=rows, reports=reports)
    write_whole(RESULTS / 'background.json', json.dumps(result, indent=1) + '\n')
    plain = dict(list(rows.items())[:2])
    write_whole(RESULTS / 'background.png', draw_conditions(plain, f'Mean, least and greatest of {len(seeds)} seeds'))
    print(f'{time.perf_counter() - start:.0f} s')


if __name__ == '__main__':
    main()
