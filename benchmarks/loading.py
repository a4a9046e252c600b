"""What loading an image costs, from the file and from the cache, beside the stock pipeline, on one pinned core.

taskset -c 1 python benchmarks/loading.py [--repeats 5] [--epoch 1895]

Core seconds (CPU time of the process, so that neighbours on the machine count as little as possible), medians over the
repetitions; what is compared is measured by turns. Images: 2,000 x 1,500 noise textures with alpha, and, where they
are, the real jaguar samples scaled to 6 megapixels. The epoch reads so many different files of 683 x 512 pixels, which
is what the cache makes of 2,000 x 1,500. Writes results/loading.json and results/loading.png.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import kornia_rs
import matplotlib
import numpy as np
import torch
from mmcv.transforms import Compose
from mmengine.registry import init_default_scope
from PIL import Image

matplotlib.use('Agg')
import matplotlib.pyplot as plt

from jaguar_mm.configs.read import read_config
from jaguar_mm.datasets import ImageFolder
from jaguar_mm.images import ImageCache, load_rgba
from jaguar_mm.images.shrink import shrink
from jaguar_mm.registry import TRANSFORMS

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / 'benchmarks' / 'results'
SAMPLES = Path(os.environ.get('JAGUAR_MM_SHARED', ROOT.parent / 'shared')) / 'data' / 'jaguar_samples'
NOISE, SIDE, INPUT = 6, 512, 448  # images; pixels
FACTORS = dict(brightness=0.2, contrast=0.2, saturation=0.2)
CROP = dict(type='RandomResizedCrop', scale=INPUT, crop_ratio_range=(0.8, 1.0), interpolation='bicubic')
FLIP, PACK = dict(type='RandomFlip', prob=0.5), dict(type='PackInputs')
RESIZE = dict(type='Resize', scale=(INPUT, INPUT))
STOCK_JITTER, JITTER = dict(type='ColorJitter', backend='cv2', **FACTORS), dict(type='MatrixColorJitter', **FACTORS)


def textured(size: tuple[int, int], seed: int) -> np.ndarray:
    """Return noise of two scales around an opaque ellipse, uint8 (H, W, 4)."""
    (width, height), rng = size, np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (height // 4, width // 4, 3), dtype=np.uint8)
    colours = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC) + rng.normal(0, 6, (height, width, 3))
    alpha = np.zeros((height, width), np.uint8)
    cv2.ellipse(alpha, (width // 2, height // 2), (width // 3, height // 3), 0, 0, 360, 255, -1)
    return np.dstack([np.clip(colours, 0, 255).astype(np.uint8), alpha])


def make_images(folder: Path) -> dict[str, list[str]]:
    """Write the large images, by kind."""
    paths = {'noise 2000 x 1500': [], 'jaguars at 6 MP': []}
    for seed in range(NOISE):
        paths['noise 2000 x 1500'].append(str(folder / f'noise_{seed}.png'))
        Image.fromarray(textured((2000, 1500), seed)).save(paths['noise 2000 x 1500'][-1])
    for sample in sorted(SAMPLES.glob('*.*')) if SAMPLES.is_dir() else []:
        image = Image.fromarray(load_rgba(sample).pixels)
        scale = (6e6 / (image.width * image.height)) ** 0.5
        channels = (part.resize((round(image.width * scale), round(image.height * scale))) for part in image.split())
        paths['jaguars at 6 MP'].append(str(folder / f'{sample.stem}.png'))
        Image.merge('RGBA', list(channels)).save(paths['jaguars at 6 MP'][-1])
    return {kind: files for kind, files in paths.items() if files}


def make_epoch(folder: Path, count: int) -> None:
    """Write as many different files; what follows a PNG's end makes them differ."""
    texture = folder / '0.png'
    folder.mkdir()
    Image.fromarray(textured((683, SIDE), 0)).save(texture, compress_level=1)
    content = texture.read_bytes()
    for number in range(1, count):
        (folder / f'{number}.png').write_bytes(content + number.to_bytes(4))


def pipelines(cache: str) -> dict[str, list[dict]]:
    """Return what is measured on large images."""
    stock, load = dict(type='LoadImageFromFile'), dict(type='LoadRGBA')
    cached = load | dict(cache=cache, size=SIDE)
    mean, drawn = dict(type='AlphaMask', background='mean'), dict(type='AlphaMask', background='random')
    recipe = read_config(ROOT / 'configs' / 'eva02_gem.py').train_pipeline[1:]
    return {
        'stock: load, resize': [dict(type='LoadImageFromFile', color_type='unchanged'), RESIZE],
        'gate: load, resize': [load, RESIZE],
        'stock: crop, flip, jitter': [stock, CROP, FLIP, STOCK_JITTER, PACK],
        'cache: crop, flip': [cached, CROP, FLIP],
        'cache: crop, flip, mean colour, jitter': [cached, CROP, FLIP, mean, JITTER, PACK],
        'cache: crop, flip, random background, jitter': [cached, CROP, FLIP, drawn, JITTER, PACK],
        'files: recipe of v3': [load, *recipe],
        'cache: recipe of v3': [cached, *recipe],
    }


def jobs(cache: str, paths: Sequence[str]) -> dict[str, Callable[[str], object]]:
    """Return what is measured, as functions of a path."""
    donors = np.array(paths)

    def run(steps: list[dict]) -> Callable[[str], object]:
        composed = Compose([TRANSFORMS.build(step) for step in steps])
        return lambda path: composed(dict(img_path=path, background_donors=donors))

    def stock_area(path: str) -> object:
        pixels = cv2.imread(path, cv2.IMREAD_UNCHANGED)
        shrunk = SIDE / min(pixels.shape[:2])
        return cv2.resize(pixels, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA)

    def into_new_cache(path: str) -> object:
        with tempfile.TemporaryDirectory(dir=Path(cache).parent) as folder:
            return ImageCache(folder, SIDE).build(path)

    return {
        **{name: run(steps) for name, steps in pipelines(cache).items()},
        'OpenCV: load, area to 512': stock_area,
        'gate: load, shrink to 512': lambda path: shrink(load_rgba(path).pixels, SIDE),
        'into the cache': into_new_cache,
    }


def core_seconds(measured: dict[str, Callable[[str], object]], paths: Sequence[str], repeats: int) -> dict[str, float]:
    """Return the core seconds that each job needs for an image; jobs take turns image by image."""
    seconds = {name: [[] for _ in paths] for name in measured}
    for repeat in range(repeats + 1):
        for number, path in enumerate(paths):
            for name, job in measured.items():
                start = time.process_time()
                job(path)
                if repeat:  # the first time fills the cache, and imports what is imported late
                    seconds[name][number].append(time.process_time() - start)
    return {name: statistics.mean(map(statistics.median, times)) for name, times in seconds.items()}


def epochs(folder: Path, cache: str, names: Sequence[str], repeats: int) -> dict[str, float]:
    """Return the core seconds of an epoch of each pipeline: the median of some, after one that fills the cache."""
    sets = {name: ImageFolder(str(folder), pipeline=pipelines(cache)[name]) for name in names}
    seconds = {name: [] for name in names}
    for repeat in range(repeats + 1):
        for name, data in sets.items():
            start = time.process_time()
            for index in range(len(data)):
                data[index]
            if repeat:
                seconds[name].append(time.process_time() - start)
    return {name: statistics.median(times) for name, times in seconds.items()}


def draw(rates: dict[str, dict[str, float]], path: Path) -> None:
    """Plot images a core second."""
    figure, axis = plt.subplots(figsize=(9, 5))
    kinds = list(rates)
    for offset, kind in enumerate(kinds):
        places = np.arange(len(rates[kind])) + 0.4 * offset
        bars = axis.barh(places, list(rates[kind].values()), 0.38, label=kind)
        axis.bar_label(bars, fmt='{:,.0f}', fontsize=7, padding=2)
    axis.set_yticks(np.arange(len(rates[kinds[0]])) + 0.2 * (len(kinds) - 1), list(rates[kinds[0]]), fontsize=8)
    axis.set(xscale='log', xlabel='images a core second')
    axis.margins(x=0.1)  # room for the numbers
    axis.invert_yaxis()
    axis.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def main() -> None:
    """Measure, write, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--repeats', type=int, default=5, help='repetitions (default %(default)s)')
    parser.add_argument('--epoch', type=int, default=1895, help='images of an epoch (default %(default)s)')
    args = parser.parse_args()
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    init_default_scope('jaguar_mm')
    np.random.seed(0)
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        cache = str(work / 'cache')
        make_epoch(work / 'epoch', args.epoch)
        cached = [name for name in pipelines(cache) if name.startswith('cache')]
        epoch = epochs(work / 'epoch', cache, cached, 3)  # first, while no large image has made the heap large
        print(json.dumps(epoch, indent=1), flush=True)
        seconds = {}
        for kind, paths in make_images(work).items():
            measured = jobs(cache, paths)
            warm = {name: measured.pop(name) for name in cached}
            seconds[kind] = core_seconds(measured, paths, args.repeats)
            seconds[kind] |= core_seconds(warm, paths, 20 * args.repeats)
    result = dict(
        milliseconds={kind: {n: round(1e3 * s, 3) for n, s in each.items()} for kind, each in seconds.items()},
        ratios={kind: ratios(each) for kind, each in seconds.items()},
        epoch=dict(images=args.epoch, core_seconds={name: round(value, 2) for name, value in epoch.items()}),
        machine=dict(
            platform=platform.machine(), opencv=cv2.__version__, kornia_rs=kornia_rs.__version__, cores_used=1
        ),
    )
    print(json.dumps(result, indent=1))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / 'loading.json').write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')
    draw({kind: {n: 1 / s for n, s in each.items()} for kind, each in seconds.items()}, RESULTS / 'loading.png')


def ratios(seconds: dict[str, float]) -> dict[str, float]:
    """Return how many times as fast each is as the stock counterpart."""
    pairs = {
        'gate: load, resize': 'stock: load, resize',
        'gate: load, shrink to 512': 'OpenCV: load, area to 512',
        'into the cache': 'OpenCV: load, area to 512',
        'cache: crop, flip, mean colour, jitter': 'stock: crop, flip, jitter',
        'cache: crop, flip, random background, jitter': 'stock: crop, flip, jitter',
        'cache: recipe of v3': 'files: recipe of v3',
    }
    return {f'{ours} / {theirs}': round(seconds[theirs] / seconds[ours], 2) for ours, theirs in pairs.items()}


if __name__ == '__main__':
    main()
