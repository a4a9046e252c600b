"""How well near-duplicates are found: precision and recall of pairs that end up in one group, on known bursts.

python benchmarks/duplicates.py [--workers 2]

Synthetic competitions, 480 training images each in bursts of three on average, with the background kept, kept and
always the animal's own (the hardest: another animal's image shares the place), and black. The default thresholds
were chosen on sets of low seeds, as two of these are; five others judge them. Hashes are of the animal and, beside it,
of the whole image; embeddings are the shipped encoder's. Every step is the tool or function that a user would run. On
real images, where they are, no burst is known: there the table says how many images are joined, and how many pairs
are said to show two animals.
Writes results/duplicates.json.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from running import ROOT, run_tool

from jaguar_mm.datasets.near_duplicates import Evidence, embedding_evidence, group_near_duplicates, hash_evidence
from jaguar_mm.images import load_rgba
from jaguar_mm.images.perceptual_hash import hash_images, image_hash
from jaguar_mm.storage import load_embeddings
from jaguar_mm.storage.files import write_whole

RESULTS = ROOT / 'benchmarks' / 'results' / 'duplicates.json'
SHARED = Path(os.environ.get('JAGUAR_MM_SHARED', ROOT.parent / 'shared')) / 'data'
CONFIG = 'configs/synthetic/v3_resnet10t_gem.py'
KINDS = {
    'background kept': (),
    'always its own place': ('--background-reliance', 1),
    'black background': ('--round', 2),
}
CHOOSING, JUDGING = (0, 1), (100, 101, 102, 103, 104)  # seeds
SHAPE = ('--identities', 16, '--train-per-identity', 30, '--test-per-identity', 0, '--size', 192, '--burst-length', 3)
BITS = (36, 44, 48, 52, 56, 60, 68)
COSINES = (0.97, 0.98, 0.985, 0.99, 0.995)


def evidences(folder: Path, names: Sequence[str], workers: int) -> dict[str, Evidence]:
    """Return what tells near-duplicates among some images of a folder, by the name of the method and threshold."""
    paths = [folder / name for name in names]
    whole = np.stack([whole_hash(path) for path in paths])
    run_tool('embed', CONFIG, 'none', '--folder', folder, '--out', folder.parent / 'embeddings.safetensors')
    table = load_embeddings(folder.parent / 'embeddings.safetensors')
    embeddings = table.vectors[[table.names.index(name) for name in names]]
    hashes = np.stack(list(hash_images(paths, workers)))
    found = {f'hash of the animal, {bits} bits': hash_evidence(hashes, bits) for bits in BITS}
    found |= {f'hash of the whole image, {bits} bits': hash_evidence(whole, bits) for bits in BITS}
    return found | {f'embedding, cosine {least}': embedding_evidence(embeddings, least) for least in COSINES}


def whole_hash(path: Path) -> np.ndarray:
    """Return the hash of an image whose mask is ignored."""
    pixels = load_rgba(path).pixels.copy()
    pixels[..., 3] = 255
    return image_hash(pixels)


def scores(labels: np.ndarray, bursts: Sequence[str]) -> tuple[float, float]:
    """Return precision and recall of the pairs that groups join, for the pairs that are of one burst."""
    joined, true = pairs(labels.tolist()), pairs(bursts)
    both = pairs(list(zip(labels.tolist(), bursts, strict=True)))
    return both / joined if joined else 1.0, both / true


def pairs(labels: Sequence[object]) -> int:
    """Return how many pairs have one label."""
    return sum(count * (count - 1) // 2 for count in Counter(labels).values())


def on_bursts(kind: str, seed: int, workers: int) -> dict[str, tuple[float, float]]:
    """Return precision and recall of every method on one synthetic competition."""
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary) / 'data'
        run_tool('synthesise', '--out', data, '--seed', seed, '--flat', '--workers', workers, *SHAPE, *KINDS[kind])
        with open(data / 'metadata.csv', newline='', encoding='utf-8') as file:
            rows = [row for row in csv.DictReader(file) if row['split'] == 'train']
        names = [row['filename'] for row in rows]
        unknown = [None] * len(rows)
        found = evidences(data / 'train', names, workers)
        groups = {name: group_near_duplicates([each], unknown)[0] for name, each in found.items()}
    print(f'{kind}, seed {seed}', flush=True)
    return {name: scores(labels, [row['group'] for row in rows]) for name, labels in groups.items()}


def summary(each: Sequence[tuple[float, float]]) -> dict[str, float]:
    """Return mean and least precision and recall over competitions."""
    precision, recall = np.array(each).T
    return dict(
        precision=round(precision.mean(), 4),
        least_precision=round(precision.min(), 4),
        recall=round(recall.mean(), 4),
        least_recall=round(recall.min(), 4),
    )


def on_real_images(name: str, workers: int) -> dict[str, dict[str, int]]:
    """Return how many images of a published set the hash joins, and how many pairs show two animals."""
    with open(SHARED / name / 'metadata.csv', newline='', encoding='utf-8') as file:
        rows = list(csv.DictReader(file))
    hashes = np.stack(list(hash_images([SHARED / name / row['path'] for row in rows], workers)))
    found = {}
    for bits in BITS:
        groups, suspects = group_near_duplicates([hash_evidence(hashes, bits)], [row['identity'] for row in rows])
        sizes = np.unique(groups, return_counts=True)[1]
        found[str(bits)] = dict(
            images=len(rows), joined=int(sizes[sizes > 1].sum()), largest=int(sizes.max()), two_animals=len(suspects)
        )
    return found


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--workers', type=int, default=os.cpu_count(), help='processes (default: one a core)')
    workers = parser.parse_args().workers
    measured = {kind: {seed: on_bursts(kind, seed, workers) for seed in CHOOSING + JUDGING} for kind in KINDS}
    bursts = {}
    for role, seeds in (('choosing', CHOOSING), ('judging', JUDGING)):
        for method in next(iter(measured.values()))[seeds[0]]:
            for kind, by_seed in measured.items():
                row = bursts.setdefault(role, {}).setdefault(method, {})
                row[kind] = summary([by_seed[seed][method] for seed in seeds])
    real = {name: on_real_images(name, workers) for name in ('nyala', 'opencows') if (SHARED / name).is_dir()}
    settings = dict(choosing_seeds=CHOOSING, judging_seeds=JUDGING, shape=' '.join(map(str, SHAPE)))
    write_whole(RESULTS, json.dumps(dict(settings=settings, bursts=bursts, real=real), indent=1) + '\n')
    print_table(bursts, real)


def print_table(bursts: dict, real: dict) -> None:
    """Print the tables of the README."""
    for role, methods in bursts.items():
        print(f'\n| {role} |', ' | '.join(KINDS), '|\n' + '|---' * (len(KINDS) + 1) + '|')
        for method, row in methods.items():
            cells = (
                f'{r["precision"]:.3f} ({r["least_precision"]:.3f}), {r["recall"]:.3f} ({r["least_recall"]:.3f})'
                for r in row.values()
            )
            print(f'| {method} |', ' | '.join(cells), '|')
    for name, by_bits in real.items():
        print(f'\n{name}:', json.dumps(by_bits, indent=1))


if __name__ == '__main__':
    main()
