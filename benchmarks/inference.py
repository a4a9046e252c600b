"""Images a second from files to embeddings: load_encoder beside timm and torch's DataLoader written plainly.

python benchmarks/inference.py [--images 256]

Images are JPEG files of 2,000 x 1,500 pixels, drawn here; the network is MobileNetV2 at 224 x 224 px with random
weights, whose embeddings take as long as any; both sides read with two workers and embed 32 images at once. Each
measurement has a process of its own that ends with the last embedding; start and imports do not count. In all of them
threads sleep while they wait, as in the verbs: reading takes the same cores. Variants take turns; medians over rounds.
Memory is the peak of the process, and of its workers where it has some. Writes results/inference.json.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

RESULTS = Path(__file__).parent / 'results'
NETWORK, SIDE, SIZE = 'mobilenetv2_100', 224, (2000, 1500)
BATCH, WORKERS, ROUNDS = 32, 2, 3
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
LOAD = dict(type='LoadRGBA', cache='here', size=512)
STEPS = [LOAD, dict(type='Resize', scale=(SIDE, SIDE), interpolation='area'), dict(type='PackInputs')]
VARIANTS = {  # name to settings of load_encoder; a cache is kept between rounds
    'timm + DataLoader': None,
    'load_encoder, files': {},
    'load_encoder, files, amp': dict(amp=True),
    'load_encoder, new cache': dict(cache='new'),
    'load_encoder, cache': dict(cache='kept'),
    'load_encoder, cache, amp': dict(cache='kept', amp=True),
}


def plainly(paths: list[str]) -> Callable[[], np.ndarray]:
    """Return the job as someone would write it who has timm and torch."""
    import timm
    from PIL import Image
    from torch.utils.data import DataLoader, Dataset
    from torchvision import transforms

    prepare = transforms.Compose(
        [transforms.Resize((SIDE, SIDE)), transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    )

    class Images(Dataset):
        def __len__(self) -> int:
            return len(paths)

        def __getitem__(self, index: int) -> torch.Tensor:
            return prepare(Image.open(paths[index]).convert('RGB'))

    network = timm.create_model(NETWORK, pretrained=False, num_classes=0).eval()
    loader = DataLoader(Images(), BATCH, num_workers=WORKERS)

    @torch.inference_mode()
    def job() -> np.ndarray:
        return torch.cat([torch.nn.functional.normalize(network(images)) for images in loader]).numpy()

    return job


def with_encoder(paths: list[str], model: str, settings: dict) -> Callable[[], np.ndarray]:
    """Return the same job by the project."""
    from jaguar_mm.encoders import load_encoder

    encoder = load_encoder(model, **settings)
    return lambda: encoder(paths, batch_size=BATCH, workers=WORKERS).vectors


def measure(name: str, work: Path) -> dict[str, float]:
    """Return images a second and peak memory in GiB of this process."""
    paths = sorted(map(str, (work / 'images').iterdir()))
    settings = VARIANTS[name]
    if settings is None:
        job = plainly(paths)
    else:
        with tempfile.TemporaryDirectory(dir=work) as new:
            folders = {'new': new, 'kept': str(work / 'cache')}
            settings = settings | ({'cache': folders[settings['cache']]} if 'cache' in settings else {})
            job = with_encoder(paths, str(work / 'model.safetensors'), settings)
            return timed(job, len(paths))
    return timed(job, len(paths))


def timed(job: Callable[[], np.ndarray], count: int) -> dict[str, float]:
    """Run the job once."""
    start = time.perf_counter()
    rows = job()
    seconds = time.perf_counter() - start
    assert len(rows) == count
    used = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return dict(images_a_second=count / seconds, peak_gib=(used[0] + WORKERS * used[1]) / 2**20)


def write_images(folder: Path, count: int) -> None:
    """Write JPEG files of smooth noise, which cost about what photographs cost."""
    import cv2

    folder.mkdir()
    for number in range(count):
        coarse = np.random.default_rng(number).integers(0, 256, (SIZE[1] // 8, SIZE[0] // 8, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f'{number:04d}.jpg'), cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC))


def publish(path: Path) -> None:
    """Write the network as a published model."""
    from jaguar_mm.encoders.published import write_publication
    from jaguar_mm.networks import build_network

    backbone = dict(type='TimmFeatures', model_name=NETWORK, pretrained=False)
    neck = [dict(type='GlobalAveragePooling')]
    mean, std = ([255 * value for value in values] for values in (MEAN, STD))
    encoder = dict(backbone=backbone, neck=neck, steps=STEPS, mean=mean, std=std, views=[])
    header = dict(cfg='', format_version=2, dataset_meta=dict(classes=[]), encoder=encoder)
    write_publication(path, header, build_network(backbone, neck).state_dict())


def main() -> None:
    """Measure every variant in turn, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--images', type=int, default=256, help='images (default %(default)s)')
    parser.add_argument('--measure', nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        print(json.dumps(measure(args.measure[0], Path(args.measure[1]))))
        return
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in VARIANTS}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        write_images(work / 'images', args.images)
        publish(work / 'model.safetensors')
        in_a_process('load_encoder, cache', work)  # fills the cache
        for _ in range(ROUNDS):
            for name, some in runs.items():
                some.append(in_a_process(name, work))
    rows = {
        name: {key: round(statistics.median(run[key] for run in some), 2) for key in some[0]}
        for name, some in runs.items()
    }
    print('| | images a second | peak, GiB |\n|---|---|---|')
    for name, row in rows.items():
        print(f'| {name} | {row["images_a_second"]:.1f} | {row["peak_gib"]:.2f} |')
    result = dict(images=args.images, size=SIZE, threads=torch.get_num_threads(), rows=rows)
    (RESULTS / 'inference.json').write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')


def in_a_process(name: str, work: Path) -> dict[str, float]:
    """Measure a variant in a process of its own."""
    command = [sys.executable, __file__, '--measure', name, str(work)]
    environment = os.environ | {'OMP_WAIT_POLICY': 'PASSIVE'}
    return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


if __name__ == '__main__':
    main()
